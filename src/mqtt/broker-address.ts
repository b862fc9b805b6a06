import { TerminalError } from '../terminal-error.ts';

export type BrokerProtocol = 'mqtt' | 'mqtts' | 'ws' | 'wss';

/** A broker's URL taken apart, so that the credentials in it never travel further as text. */
export interface BrokerAddress {
  protocol: BrokerProtocol;
  /** As the socket wants it: an IPv6 address without brackets. */
  host: string;
  port: number;
  /** For WebSockets; `/` otherwise. */
  path: string;
  secure: boolean;
  username: string | null;
  password: string | null;
  /** `host:port`, the only form in which a broker may appear in a log or an error. */
  label: string;
}

const protocols: Record<string, { protocol: BrokerProtocol; port: number; secure: boolean }> = {
  'mqtt:': { protocol: 'mqtt', port: 1883, secure: false },
  'tcp:': { protocol: 'mqtt', port: 1883, secure: false },
  'mqtts:': { protocol: 'mqtts', port: 8883, secure: true },
  'ssl:': { protocol: 'mqtts', port: 8883, secure: true },
  'tls:': { protocol: 'mqtts', port: 8883, secure: true },
  'ws:': { protocol: 'ws', port: 80, secure: false },
  'wss:': { protocol: 'wss', port: 443, secure: true },
};

/**
 * @param text such as `mqtts://broker.example:8883`
 * @throws TerminalError `config-invalid`; the message never repeats the URL, which may carry a
 *   password.
 */
export function parseBrokerAddress(text: string): BrokerAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TerminalError('config-invalid', 'the MQTT url is not a URL like mqtt://host:1883');
  }
  const known = protocols[url.protocol];
  if (known === undefined) {
    throw new TerminalError(
      'config-invalid',
      `the MQTT url begins with ${url.protocol}//; use mqtt://, mqtts://, ws:// or wss://`,
    );
  }
  if (url.hostname === '') {
    throw new TerminalError('config-invalid', 'the MQTT url names no host');
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? known.port : Number(url.port);
  return {
    protocol: known.protocol,
    host,
    port,
    path: `${url.pathname === '' ? '/' : url.pathname}${url.search}`,
    secure: known.secure,
    username: url.username === '' ? null : decodeURIComponent(url.username),
    password: url.password === '' ? null : decodeURIComponent(url.password),
    label: `${host.includes(':') ? `[${host}]` : host}:${port}`,
  };
}
