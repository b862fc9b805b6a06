import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import type { PosV10Options } from '../../src/mobilepay/pos-v10.ts';
import { createPosV10 } from '../../src/mobilepay/pos-v10.ts';
import type { CallResult, CredentialsNews } from '../../src/ports.ts';
import type { ScriptedServer } from './scripted-server.ts';
import { startScriptedServer } from './scripted-server.ts';

export const CLIENT_ID = 'client-1';
export const CLIENT_SECRET = 'very-secret-of-the-shop';
export const MERCHANT_VAT = 'DK12345678';
export const POS_ID = 'c85916b1-8e17-4275-a388-551e16aa6293';
export const PAYMENT_ID = '3974eae6-e36f-4148-b5ee-22689e528c75';
export const REFUND_ID = '70b6b2ea-8b3f-4a43-9a2f-1b5a5c0d9c11';
export const STORE_ID = '5e1210f9-4153-4fc3-83ec-2a8fc4843ea6';
export const CUSTOMER_TOKEN = '09bee223516e44000811ab0988b802b72a193c22';
export const CREATE = { idempotencyKey: 'key-1', body: '{"posId":"p","amount":12.50}' };

/** None of these may stand in a log or in what a caller is told about a failure. */
const secrets = [
  CLIENT_SECRET,
  Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64'),
  'token-1',
  'token-2',
  'Bearer',
  'Basic',
  CUSTOMER_TOKEN,
];

/** A payment as the API shows it. */
export function paymentBody(changes: Record<string, unknown> = {}) {
  return {
    paymentId: PAYMENT_ID,
    posId: POS_ID,
    orderId: 'order-1',
    amount: 12.5,
    currencyCode: 'DKK',
    status: 'Initiated',
    customerToken: CUSTOMER_TOKEN,
    pollDelayInMs: 1000,
    ...changes,
  };
}

/** A refund as the API shows it. */
export function refundBody(changes: Record<string, unknown> = {}) {
  return {
    refundId: REFUND_ID,
    paymentId: PAYMENT_ID,
    refundOrderId: 'refund-1',
    amount: 2.5,
    currencyCode: 'DKK',
    status: 'Initiated',
    pollDelayInMs: 1000,
    ...changes,
  };
}

/** A store as the API shows it. */
export function storeBody(changes: Record<string, unknown> = {}) {
  return {
    storeId: STORE_ID,
    storeName: 'Bageriet',
    merchantBrandId: 'POSDK12345',
    merchantLocationId: '10001',
    ...changes,
  };
}

/** The client at a scripted server. When the test ends, its whole log is searched for secrets. */
export async function clientAndServer(
  options: Partial<PosV10Options> & { server?: ScriptedServer } = {},
) {
  const server = options.server ?? (await startScriptedServer());
  const log: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(chunk.toString());
      done();
    },
  });
  const client = createPosV10({
    baseUrl: server.url,
    authUrl: `${server.url}/auth`,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    merchantVat: MERCHANT_VAT,
    version: '1.2.3',
    logger: pino({ level: 'trace' }, stream),
    ...options,
  });
  const serverDates: number[] = [];
  const reachability: boolean[] = [];
  const credentials: CredentialsNews[] = [];
  client.onServerDate((serverEpochMs) => serverDates.push(serverEpochMs));
  client.onCredentials((news) => credentials.push(news));
  client.onReachability((reachable) => reachability.push(reachable));
  onTestFinished(async () => {
    await client.close();
    await server.close();
    expectNoSecret(log.join(''));
  });
  return { server, client, serverDates, reachability, credentials, log };
}

function expectNoSecret(text: string): void {
  for (const secret of secrets) expect(text).not.toContain(secret);
}

/** Narrows a result to the kind a test expects, or fails with the whole of it. */
export function expectKind<T, K extends CallResult<T>['kind']>(
  result: CallResult<T>,
  kind: K,
): CallResult<T> & { kind: K } {
  expect(result).toMatchObject({ kind });
  if (result.kind !== 'ok') expectNoSecret(JSON.stringify(result));
  return result as CallResult<T> & { kind: K };
}
