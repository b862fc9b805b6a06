import type { Config } from '../../config/resolve.ts';
import { isSameId } from '../../engine/wanted-pos.ts';
import type { CallResult, PaymentPlatform, Store } from '../../ports.ts';
import type { Problem } from './problem.ts';

/** Most stores that are named to whoever has to pick one. */
const NAMED_STORES = 20;

/** MobilePay gave no answer that says anything. */
function silenceOf(
  result: Extract<CallResult<unknown>, { kind: 'unsent' | 'unanswered' }>,
  what: string,
): Problem {
  return {
    code: 'unreachable',
    what: `MobilePay did not answer ${what}: ${result.detail}.`,
    remedy: 'Give the same command again; it goes on from here. If it lasts, ask MobilePay.',
  };
}

/** Fetches a token and the merchant's stores: shows that client, secret and VAT number are right. */
export async function checkMerchant(
  platform: Pick<PaymentPlatform, 'authorize' | 'findStores'>,
  { clientId, merchantVat }: Config['mobilepay'],
): Promise<{ problem: Problem } | { stores: Store[] }> {
  const token = await platform.authorize();
  if (token.kind === 'refused' || (token.kind === 'unanswered' && token.credentialsRefused)) {
    return {
      problem: {
        code: 'not-permitted',
        what: `MobilePay refuses client id ${clientId} with this client secret.`,
        remedy:
          'Copy both again from MobilePay’s developer portal; the secret must belong to this client id, and to this environment (production or sandbox).',
        ask: ['mobilepay.clientId', 'mobilepay-client-secret'],
      },
    };
  }
  if (token.kind !== 'ok') return { problem: silenceOf(token, 'the call for a token') };
  const listed = await platform.findStores(undefined);
  if (listed.kind === 'refused') {
    const { code } = listed.refusal;
    return { problem: VAT_CODES.has(code) ? vatProblem(merchantVat, code) : refusal(listed) };
  }
  if (listed.kind !== 'ok') return { problem: silenceOf(listed, 'the list of stores') };
  if (listed.value.length === 0) {
    return {
      problem: {
        code: 'config-invalid',
        what: `MobilePay lists no store for ${merchantVat}.`,
        remedy: 'Have MobilePay’s merchant support open a store, or correct mobilepay.merchantVat.',
        ask: ['mobilepay.merchantVat'],
      },
    };
  }
  return { stores: listed.value };
}

/** The VAT number of the header, and that of the token (PoS V10, error codes). */
const VAT_CODES: ReadonlySet<string> = new Set(['1159', '1182']);

function vatProblem(merchantVat: string, code: string): Problem {
  return {
    code: 'config-invalid',
    what: `MobilePay does not know the VAT number ${merchantVat} as a merchant of this client (code ${code}).`,
    remedy:
      'Correct mobilepay.merchantVat; or the merchant has yet to give this integrator access, in MobilePay’s portal.',
    ask: ['mobilepay.merchantVat'],
  };
}

function refusal({
  refusal: { code },
  message,
}: CallResult<unknown> & { kind: 'refused' }): Problem {
  return {
    code: 'config-invalid',
    what: `MobilePay refuses to list the stores (code ${code}): ${message}.`,
    remedy: 'Ask MobilePay’s support for integrators, naming that code.',
  };
}

export type StorePick =
  | { kind: 'store'; store: Store }
  /** Nobody has said which, and there are several. */
  | { kind: 'open' }
  | { kind: 'problem'; problem: Problem };

function lost(what: string, stores: readonly Store[], remedy: string): StorePick {
  const names = stores.slice(0, NAMED_STORES).map(storeLine);
  const more = stores.length > names.length ? [`and ${stores.length - names.length} more`] : [];
  const list = [...names, ...more].map((line) => `\n    ${line}`).join('');
  return {
    kind: 'problem',
    problem: { code: 'config-invalid', what: `${what} There are:${list}`, remedy, ask: ['store'] },
  };
}

/** `Bageriet (POSDK12345 10001)` */
export function storeLine({ name, brandId, locationId }: Store): string {
  return `${name} (${brandId} ${locationId})`;
}

function sameName(one: string, other: string): boolean {
  const plain = (text: string) => text.normalize('NFC').trim().toLocaleLowerCase('da');
  return plain(one) === plain(other);
}

/** The store that was meant: by its keys in the config, by its name, or the only one there is. */
export function pickStore(
  stores: readonly Store[],
  { pos, name }: { pos: Partial<Config['pos']>; name: string | undefined },
): StorePick {
  const { storeId, merchantBrandId: brandId, merchantLocationId: locationId } = pos;
  if (storeId !== undefined) {
    const store = stores.find((each) => isSameId(each.storeId, storeId));
    return store === undefined
      ? lost(`No store of this merchant has the id ${storeId}.`, stores, 'Correct pos.storeId.')
      : { kind: 'store', store };
  }
  const byPlace = brandId !== undefined && locationId !== undefined;
  const fitting = stores.filter((store) => {
    if (byPlace) return store.brandId === brandId && store.locationId === locationId;
    return name === undefined || sameName(store.name, name);
  });
  const [store] = fitting;
  if (store !== undefined && fitting.length === 1) return { kind: 'store', store };
  if (!byPlace && name === undefined) return { kind: 'open' };
  const which = byPlace ? `the place ${brandId} ${locationId}` : `the name ${name}`;
  if (store === undefined) {
    return lost(`No store of this merchant has ${which}.`, stores, 'Name one of these.');
  }
  return lost(
    `${fitting.length} stores of this merchant have ${which}.`,
    fitting,
    'Name the brand and location instead: pos.merchantBrandId and pos.merchantLocationId.',
  );
}
