import { operationOf } from '../../../src/field/certify/operations.ts';
import type { Identity } from '../../../src/field/certify/rules/rule.ts';
import type { End, SentRequest, Step } from '../../../src/field/certify/sent-request.ts';
import { IDEMPOTENCY_KEY } from '../../../src/field/certify/sent-request.ts';

export const identity: Identity = {
  clientId: 'client-1',
  merchantVat: 'DK12345678',
  version: '1.2.3',
};

export const START_BODY =
  '{"posId":"pos-1","orderId":"order-1","amount":12.5,"currencyCode":"DKK","plannedCaptureDelay":"None"}';
export const START = { method: 'POST', path: '/pos/v10/payments', body: START_BODY, key: 'key-1' };
export const LOOK = { method: 'GET', path: '/pos/v10/payments/payment-1' };
export const CAPTURE = {
  method: 'POST',
  path: '/pos/v10/payments/payment-1/capture',
  body: '{"amount":12.5}',
};
export const CANCEL = { method: 'POST', path: '/pos/v10/payments/payment-1/cancel' };
export const FIND = { method: 'GET', path: '/pos/v10/payments?posId=pos-1&orderId=order-1' };
export const FIND_POS = { method: 'GET', path: '/pos/v10/pointofsales?merchantPosId=till-1' };
export const DELETE_POS = { method: 'DELETE', path: '/pos/v10/pointofsales/pos-1' };
export const CREATE_POS = {
  method: 'POST',
  path: '/pos/v10/pointofsales',
  body: '{"merchantPosId":"till-1","storeId":"store-1","name":"Kasse 1","supportedBeaconTypes":["QR"]}',
  key: 'pos-key-1',
};
export const TOKEN = {
  method: 'POST',
  path: '/integrator-authentication/connect/token',
  body: 'grant_type=client_credentials',
};

export interface Sketch {
  method: string;
  path: string;
  body?: string;
  key?: string;
  /** Since the end of the request before; default 100. */
  afterMs?: number;
  /** How long it was under way; default 5, for `given-up` the client's time limit. */
  tookMs?: number;
  /** HTTP status; or how it ended else. Default 200. */
  end?: number | Exclude<End['kind'], 'answered'>;
  code?: string;
  pollDelayMs?: number;
  found?: number;
  /** Instead of what belongs there; undefined takes the header away. */
  headers?: Record<string, string | string[] | undefined>;
  planned?: { plan: number; index: number };
  step?: Step;
}

/** What a client sent, in this order; where nothing is said, as the rules want it. */
export function traffic(...sketches: Sketch[]): SentRequest[] {
  let nowMs = 10_000;
  return sketches.map((sketch, index) => {
    const arrivedAtMs = nowMs + (sketch.afterMs ?? 100);
    const end = endOf(sketch, arrivedAtMs);
    nowMs = end.atMs;
    return {
      id: index + 1,
      operation: operationOf(sketch.method, sketch.path),
      method: sketch.method,
      path: sketch.path,
      headers: headersOf(sketch),
      body: sketch.body ?? '',
      arrivedAtMs,
      planned: sketch.planned ?? null,
      step: sketch.step ?? { do: 'pass' },
      end,
    };
  });
}

function endOf(sketch: Sketch, arrivedAtMs: number): End {
  const { end = 200, method, tookMs, code = null, pollDelayMs = null, found = null } = sketch;
  const limitMs = method === 'GET' ? 500 : 2_000;
  const atMs = arrivedAtMs + (tookMs ?? (end === 'given-up' ? limitMs : 5));
  if (typeof end === 'string') return { kind: end, atMs };
  return { kind: 'answered', atMs, status: end, code, said: { pollDelayMs, state: null, found } };
}

function headersOf(sketch: Sketch): [string, string][] {
  const isToken = sketch.path === TOKEN.path;
  const type = isToken ? 'application/x-www-form-urlencoded' : 'application/json';
  const usual: Record<string, string | string[] | undefined> = {
    authorization: isToken ? 'Basic (client id and secret)' : 'Bearer (token 1)',
    'content-type': sketch.body === undefined ? undefined : type,
    'x-ibm-client-id': identity.clientId,
    ...(isToken
      ? {}
      : {
          'x-mobilepay-client-system-version': identity.version,
          'x-mobilepay-merchant-vat-number': identity.merchantVat,
        }),
    [IDEMPOTENCY_KEY]: sketch.key,
    ...sketch.headers,
  };
  return Object.entries(usual).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
}
