import { isIP } from 'node:net';

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Whether only this machine can reach an address. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * What is wrong with the address of a broker, or undefined. Never repeats the URL: somebody may
 * have put a password into it.
 */
export function brokerUrlProblem(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined || url.hostname === '') {
    return 'must be a URL such as mqtts://broker.example:8883';
  }
  if (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:') {
    return 'must begin with mqtts:// (or mqtt:// without TLS)';
  }
  if (url.username !== '' || url.password !== '') {
    return 'must not carry credentials; set mqtt.username, and put the password into the secret mqtt-password';
  }
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') {
    return 'must end after the port; a broker has no path';
  }
  return undefined;
}

/** What is wrong with the address of an API, or undefined. Plain HTTP never leaves the machine. */
export function apiUrlProblem(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined || url.hostname === '') {
    return 'must be a URL such as https://api.mobilepay.dk';
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'must begin with https://; http:// is for a simulator on this machine (127.0.0.1) only';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') {
    return 'must not carry credentials; set mobilepay.clientId, and put the secret into mobilepay-client-secret';
  }
  if (url.search !== '' || url.hash !== '') return 'must end before any ? or #';
  return undefined;
}
