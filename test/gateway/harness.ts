import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { Info } from '../../src/contract/messages.ts';
import type { Gateway, GatewayOptions } from '../../src/gateway/gateway.ts';
import { startGateway } from '../../src/gateway/gateway.ts';

export interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are judged by the tests, member by member
  json: any;
}

export interface GatewayUnderTest extends Gateway {
  /** Connected and terminals known. */
  ready: Promise<void>;
  logLines: string[];
  post(body: unknown, options?: RequestOptions): Promise<Answer>;
  healthz(): Promise<Answer>;
  /** The value of a metric, named as Prometheus writes it, labels included. */
  metric(name: string): Promise<number>;
}

interface RequestOptions {
  method?: string;
  headers?: OutgoingHttpHeaders;
  ca?: string;
  /** Which address of this machine it comes from. */
  localAddress?: string;
}

/** One request on a connection of its own. */
export function call(
  url: string,
  { method = 'GET', headers = {}, ca, localAddress }: RequestOptions = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const begin = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = begin(url, { method, headers, ca, localAddress, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        let json: unknown;
        try {
          json = JSON.parse(text);
        } catch {}
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Posts what MobilePay would, or what the test makes of it: text is sent as it is. */
export function post(url: string, body: unknown, options: RequestOptions = {}): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': 'application/json', ...options.headers };
  return call(url, { method: 'POST', ...options, headers }, text);
}

/** A gateway in this process, on free ports of 127.0.0.1; it is stopped when the test is over. */
export async function gatewayUnderTest(
  brokerUrl: string,
  options: Partial<Omit<GatewayOptions, 'mqtt'>> & { mqtt?: Partial<GatewayOptions['mqtt']> } = {},
): Promise<GatewayUnderTest> {
  const logLines: string[] = [];
  let onReady = () => {};
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const gateway = await startGateway({
    listen: '127.0.0.1',
    port: 0,
    certificate: undefined,
    console: { host: '127.0.0.1', port: 0 },
    logger: pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) }),
    onReady,
    ...options,
    mqtt: { urls: [brokerUrl], prefix: 'beacon/1', protocolVersion: 5, ...options.mqtt },
  });
  onTestFinished(() => gateway.stop());
  const base = new URL(gateway.url).origin;
  return {
    ...gateway,
    ready,
    logLines,
    post: (body, request) => post(gateway.url, body, request),
    healthz: () => call(`${base}/healthz`),
    async metric(name) {
      const { text } = await call(`${gateway.consoleUrl}/metrics`);
      const line = text.split('\n').find((each) => each.startsWith(`${name} `));
      if (line === undefined) throw new Error(`no metric ${name} in\n${text}`);
      return Number(line.slice(name.length));
    },
  };
}

/** The body of a check-in notification as the specification has it. */
export function notificationOf(posId: string) {
  return {
    MerchantId: randomUUID(),
    MerchantBrandId: 'POSDK12345',
    MerchantLocationId: '10001',
    MerchantPosId: 'kasse-1',
    PosId: posId,
  };
}

export function infoOf(terminalId: string, posId: string | null): Info {
  return {
    terminalId,
    software: { name: 'beacon-terminal', version: '0.1.0' },
    beaconId: '123456789012345',
    posId,
    posName: 'Kasse 1',
    store: null,
    currency: 'DKK',
    platform: 'pos-v10',
    capabilities: [],
  };
}
