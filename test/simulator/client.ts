import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts';
import { demoClient, OTHER_CLIENT } from './two-merchants.ts';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are judged by the tests, member by member
  json: any;
}

export interface CallOptions {
  body?: unknown;
  key?: string | null;
  headers?: Record<string, string>;
  without?: string[];
}

const CREATES = [
  '/pos/v10/payments',
  '/pos/v10/payments/prepare',
  '/pos/v10/pointofsales',
  '/pos/v10/refunds',
];

/** Speaks PoS V10 with plain fetch, so that nothing of the product judges the simulator. */
export class ApiClient {
  readonly url: string;
  #token = '';
  readonly clientId: string;
  readonly vat: string;

  constructor(url: string, clientId = DEMO_CLIENT_ID, vat = DEMO_VAT) {
    this.url = url;
    this.clientId = clientId;
    this.vat = vat;
  }

  async signIn(secret = DEMO_CLIENT_SECRET, merchantVat?: string): Promise<this> {
    const reply = await this.token(secret, merchantVat);
    this.#token = reply.json.access_token;
    return this;
  }

  async token(secret = DEMO_CLIENT_SECRET, merchantVat?: string, grant = 'client_credentials') {
    const form = new URLSearchParams({ grant_type: grant });
    if (merchantVat !== undefined) form.set('merchant_vat', merchantVat);
    const response = await fetch(`${this.url}/integrator-authentication/connect/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${this.clientId}:${secret}`).toString('base64')}`,
      },
      body: form,
    });
    return replyOf(response);
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.#token}`,
      'x-mobilepay-client-system-version': '1.2.3',
      'x-mobilepay-merchant-vat-number': this.vat,
      'x-ibm-client-id': this.clientId,
      ...options.headers,
    };
    if (method === 'POST' && CREATES.includes(path) && options.key !== null) {
      headers['x-mobilepay-idempotency-key'] = options.key ?? randomUUID();
    }
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    for (const name of options.without ?? []) delete headers[name];
    const body = typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers,
      ...(options.body === undefined ? {} : { body }),
    });
    return replyOf(response);
  }

  /** With these headers besides the token and no others; fetch would join repeated ones. */
  async raw(method: string, path: string, headers: [string, string][]) {
    return new Promise<{ status: number; json: { code: string } }>((resolve, reject) => {
      const sent = request(`${this.url}${path}`, { method }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) }),
        );
      });
      sent.on('error', reject);
      sent.setHeader('authorization', `Bearer ${this.#token}`);
      for (const name of new Set(headers.map(([header]) => header))) {
        const values = headers.flatMap(([header, value]) => (header === name ? [value] : []));
        sent.setHeader(name, values);
      }
      sent.end();
    });
  }

  get = (path: string, options?: CallOptions) => this.call('GET', path, options);
  post = (path: string, body?: unknown, options?: CallOptions) =>
    this.call('POST', path, { ...options, body });
  delete = (path: string) => this.call('DELETE', path);

  /** A new point of sale in the caller's first store. */
  async createPos(
    members: Record<string, unknown> = {},
  ): Promise<{ posId: string; beaconId: string }> {
    const stores = await this.get('/pos/v10/stores');
    const created = await this.post('/pos/v10/pointofsales', {
      merchantPosId: `till-${randomUUID().slice(0, 8)}`,
      storeId: stores.json.storeIds[0],
      name: 'Kasse 1',
      supportedBeaconTypes: ['QR', 'Bluetooth'],
      ...members,
    });
    const pos = await this.get(`/pos/v10/pointofsales/${created.json.posId}`);
    return { posId: created.json.posId, beaconId: pos.json.beaconId };
  }

  /** Starts a payment of 12.50 and gives its id. */
  async start(posId: string, members: Record<string, unknown> = {}): Promise<string> {
    const started = await this.post('/pos/v10/payments', startBody(posId, members));
    return started.json.paymentId;
  }

  async status(paymentId: string): Promise<string> {
    return (await this.get(`/pos/v10/payments/${paymentId}`)).json.status;
  }
}

export function startBody(posId: string, members: Record<string, unknown> = {}) {
  return {
    posId,
    orderId: `order-${randomUUID().slice(0, 8)}`,
    amount: 12.5,
    currencyCode: 'DKK',
    plannedCaptureDelay: 'None',
    ...members,
  };
}

export function refundBody(paymentId: string, members: Record<string, unknown> = {}) {
  return {
    paymentId,
    refundOrderId: `refund-${randomUUID().slice(0, 8)}`,
    amount: 2.5,
    currencyCode: 'DKK',
    ...members,
  };
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Not every answer is JSON, and some must not be.
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** A simulator on a free port, and a client that has a token. */
export async function simulatorAndClient(
  options: Partial<SimulatorOptions> = {},
): Promise<{ simulator: Simulator; api: ApiClient }> {
  const simulator = await startSimulator({ host: '127.0.0.1', port: 0, ...options });
  return { simulator, api: await new ApiClient(simulator.url).signIn() };
}

/** One with two merchants and two integrators, that never makes a test wait. */
export function startSurface(): Promise<{ simulator: Simulator; api: ApiClient }> {
  return simulatorAndClient({
    clients: [demoClient, OTHER_CLIENT],
    pollDelayMs: 0,
    refundReservationMs: 60_000,
    // Tests move the clock by months.
    tokenLifetimeSeconds: 365 * 24 * 3600,
  });
}
