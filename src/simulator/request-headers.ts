import type { IncomingMessage } from 'node:http';
import { apiError, unauthorized } from './api-error.ts';
import { isTextField } from './request-body.ts';
import type { Tokens } from './tokens.ts';
import type { World } from './world.ts';

const AUTHORIZATION = 'authorization';
const VERSION = 'x-mobilepay-client-system-version';
const VAT = 'x-mobilepay-merchant-vat-number';
const IDEMPOTENCY_KEY = 'x-mobilepay-idempotency-key';
const CLIENT_ID = 'x-ibm-client-id';

/** Who calls, and for which merchant. */
export interface Caller {
  clientId: string;
  merchantVat: string;
}

/** Checks bearer token, version and VAT number, in this order (401; 1153…1161; 1182). */
export function callerOf(request: IncomingMessage, tokens: Tokens, world: World): Caller {
  const bearer = /^Bearer (.+)$/i.exec(request.headers[AUTHORIZATION] ?? '')?.[1];
  if (bearer === undefined) throw unauthorized();
  const claims = tokens.verify(bearer, world.nowMs(), world.tokenGeneration);
  const client = claims && tokens.client(claims.clientId);
  if (client === undefined || claims === undefined) throw unauthorized();

  const version = singleHeader(request, VERSION);
  if (version === undefined) throw apiError(1153);
  if (version === 'twice') throw apiError(1157);
  if (!/^\d+\.\d+\.\d+$/.test(version.value)) throw apiError(1161);

  const vat = singleHeader(request, VAT);
  if (vat === 'twice') throw apiError(1155);
  const claimed = claims.merchantVat;
  if (claimed !== null && !client.merchantVats.includes(claimed)) throw apiError(1182);
  const merchantVat = vat?.value ?? claimed;
  if (merchantVat === null) throw apiError(1151);
  if (!client.merchantVats.includes(merchantVat)) throw apiError(1159);
  if (claimed !== null && claimed !== merchantVat) throw apiError(1159, 'the token says another');
  return { clientId: client.clientId, merchantVat };
}

/** The idempotency key of a create (1162, 1163, 1164). */
export function idempotencyKeyOf(request: IncomingMessage): string {
  const key = singleHeader(request, IDEMPOTENCY_KEY);
  if (key === undefined) throw apiError(1164);
  if (key === 'twice') throw apiError(1163);
  if (!isTextField(key.value)) throw apiError(1162);
  return key.value;
}

/** The vendor's documentation demands this header, its API description does not list it. */
export function namesClientId(request: IncomingMessage, clientId: string): boolean {
  return request.headers[CLIENT_ID] === clientId;
}

/** Node joins repeated headers with `, `; only such a value makes a look at the raw ones needed. */
function singleHeader(
  request: IncomingMessage,
  name: string,
): { value: string } | 'twice' | undefined {
  const value = request.headers[name];
  if (typeof value !== 'string') return undefined;
  if (!value.includes(',')) return { value };
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
  return names.filter((raw) => raw.toLowerCase() === name).length > 1 ? 'twice' : { value };
}
