import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type BrokerAddress, parseBrokerAddress } from '../../mqtt/broker-address.ts';
import type { Problem, QuestionName } from './problem.ts';

const PATIENCE_MS = 10_000;
/** More than a slow answer can explain; time-sync keeps a machine within a second. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Whom we wanted to reach, and which key names it. */
interface Destination {
  host: string;
  port: number;
  /** As a sentence names it. */
  name: string;
  key: string;
  ask: readonly QuestionName[];
  /** What to do when nobody we know vouches for its certificate. */
  distrusted: string;
}

const noWay = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'ECONNRESET']);

/** An error of Node's sockets and TLS, in words, with what to do about it. */
function problemOf(error: NodeJS.ErrnoException, to: Destination, now: () => number): Problem {
  const { code = '' } = error;
  const at = `${to.name} at ${to.host}:${to.port}`;
  const problem = (what: string, remedy: string): Problem => ({
    code: 'unreachable',
    what,
    remedy,
    ask: to.ask,
  });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return problem(
      `No network, or no such name: ${to.host} (${to.name}) cannot be resolved.`,
      `Check the cable or Wi-Fi and the name server (resolvectl status), or correct ${to.key}.`,
    );
  }
  if (code === 'ECONNREFUSED') {
    return problem(
      `${at} refuses the connection.`,
      `Correct ${to.key}, or have that service started.`,
    );
  }
  if (noWay.has(code)) {
    return problem(
      `No network to ${at} (${code}).`,
      `Check the cable or Wi-Fi, and let the firewall pass outgoing TCP to port ${to.port}; or correct ${to.key}.`,
    );
  }
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED') {
    const time = new Date(now()).toISOString();
    return problem(
      `The clock is wrong, or the certificate of ${at} is out of date: this machine thinks it is ${time} (${code}).`,
      'If that time is wrong: timedatectl set-ntp true, or date --set. If it is right, have the certificate renewed.',
    );
  }
  if (/CERT|SIGNED|ISSUER|VERIFY|ALTNAME/.test(code)) {
    return problem(`The certificate of ${at} is not to be trusted (${code}).`, to.distrusted);
  }
  return problem(
    `${at} cannot be reached (${code || error.message}).`,
    `Check the network and ${to.key}.`,
  );
}

/** Any answer at all, for its Date. */
function answerOf(url: URL): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, { method: 'GET', timeout: PATIENCE_MS, agent: false });
    request.on('timeout', () => {
      request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      resolve(response);
    });
    request.end();
  });
}

/** Whether MobilePay can be reached, and whether this machine's clock agrees with its own. */
export async function checkApi(
  baseUrl: string,
  now: () => number = Date.now,
): Promise<Problem | { skewMs: number }> {
  const url = new URL(baseUrl);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const to: Destination = {
    host: url.hostname,
    port,
    name: 'MobilePay',
    key: 'mobilepay.baseUrl',
    ask: [],
    distrusted:
      'Something stands between: a captive portal or a proxy. Use a network that lets this machine through to the internet.',
  };
  try {
    // Any answer will do; without a token it is a refusal.
    const { headers } = await answerOf(new URL(`${baseUrl}/pos/v10/stores`));
    const serverMs = Date.parse(headers.date ?? '');
    const skewMs = Number.isNaN(serverMs) ? 0 : now() - serverMs;
    if (Math.abs(skewMs) <= CLOCK_TOLERANCE_MS) return { skewMs };
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    return {
      code: 'unreachable',
      what: `The clock is wrong: this machine is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} MobilePay.`,
      remedy:
        'Set it: timedatectl set-ntp true, then timedatectl to see that it is synchronized. Without a time server: date --set.',
    };
  } catch (error) {
    return problemOf(error as NodeJS.ErrnoException, to, now);
  }
}

function openSocket(address: BrokerAddress, ca: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const { host, port, secure } = address;
    const socket = secure
      ? connectTls({ host, port, servername: host, ...(ca === undefined ? {} : { ca }) })
      : connectTcp({ host, port });
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    });
    socket.once('error', reject);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      // A broker that then asks for our certificate ends the connection: that is another step's.
      socket.on('error', () => {});
      socket.destroy();
      resolve();
    });
  });
}

/**
 * Whether at least one of the brokers can be reached and shows a certificate that we trust.
 * @param ca PEM text of their certificate authority; undefined: this machine's own list
 */
export async function checkBrokers(
  urls: readonly string[],
  ca: string | undefined,
  now: () => number = Date.now,
): Promise<Problem | { reached: string[]; missed: Problem[] }> {
  const reached: string[] = [];
  const missed: Problem[] = [];
  for (const address of urls.map(parseBrokerAddress)) {
    try {
      await openSocket(address, ca);
      reached.push(address.label);
    } catch (error) {
      const to: Destination = {
        host: address.host,
        port: address.port,
        name: 'the broker',
        key: 'mqtt.url',
        ask: ['mqtt.url', 'mqtt.ca'],
        distrusted:
          "Set mqtt.ca to the PEM file of the broker's certificate authority, and mqtt.url to a name that its certificate carries.",
      };
      missed.push(problemOf(error as NodeJS.ErrnoException, to, now));
    }
  }
  const [first] = missed;
  return reached.length === 0 && first !== undefined ? first : { reached, missed };
}
