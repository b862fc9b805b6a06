import type { CallResult, PaymentPlatform, Store } from '../ports.ts';
import type { SetupProblem } from './setup-problem.ts';
import type { WantedStore } from './wanted-pos.ts';
import { isSameId } from './wanted-pos.ts';

export type StoreChoice =
  | { kind: 'chosen'; storeId: string }
  | { kind: 'problem'; problem: SetupProblem }
  | Exclude<CallResult<never>, { kind: 'ok' }>;

/** Most stores that are named to whoever has to pick one. */
const NAMED_STORES = 20;

function namesOf(stores: readonly Store[]): string {
  const names = stores.slice(0, NAMED_STORES).map(({ name, storeId }) => `${name} (${storeId})`);
  const more = stores.length - names.length;
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`;
}

function problem(kind: SetupProblem['kind'], message: string): StoreChoice {
  return { kind: 'problem', problem: { kind, message } };
}

function only(stores: readonly Store[]): StoreChoice {
  const [store] = stores;
  if (store === undefined) {
    return problem(
      'store-not-found',
      'MobilePay lists no store for mobilepay.merchantVat. Correct that key, or have MobilePay open a store.',
    );
  }
  if (stores.length === 1) return { kind: 'chosen', storeId: store.storeId };
  return problem(
    'store-not-chosen',
    `MobilePay lists ${stores.length} stores for mobilepay.merchantVat: ${namesOf(stores)}. Set pos.storeId to the id of one of them.`,
  );
}

/**
 * Finds the store that is wanted. `standing`: the store of the PoS as it is; one that nobody named
 * stays, though the merchant may have opened a second. An id is taken as it is, unless it is to be
 * `verified`.
 */
export async function chooseStore(
  platform: Pick<PaymentPlatform, 'findStores'>,
  wanted: WantedStore,
  { standing, verified }: { standing: string | null; verified: boolean },
): Promise<StoreChoice> {
  if (wanted === 'the-only-one') {
    const listed = await platform.findStores(undefined);
    if (listed.kind !== 'ok') return listed;
    const stays = listed.value.find(({ storeId }) => isSameId(storeId, standing ?? ''));
    return stays === undefined ? only(listed.value) : { kind: 'chosen', storeId: stays.storeId };
  }
  if ('storeId' in wanted) {
    if (!verified) return { kind: 'chosen', storeId: wanted.storeId };
    const listed = await platform.findStores(undefined);
    if (listed.kind !== 'ok') return listed;
    if (listed.value.some(({ storeId }) => isSameId(storeId, wanted.storeId))) {
      return { kind: 'chosen', storeId: wanted.storeId };
    }
    return problem(
      'store-not-found',
      `MobilePay lists no store ${wanted.storeId} for mobilepay.merchantVat, but: ${namesOf(listed.value) || 'none'}. Correct pos.storeId or mobilepay.merchantVat.`,
    );
  }
  const { brandId, locationId } = wanted;
  const found = await platform.findStores({ brandId, locationId });
  if (found.kind !== 'ok') return found;
  const [store] = found.value;
  if (store !== undefined && found.value.length === 1) {
    return { kind: 'chosen', storeId: store.storeId };
  }
  const which = `pos.merchantBrandId ${brandId} and pos.merchantLocationId ${locationId}`;
  return store === undefined
    ? problem('store-not-found', `No store at MobilePay has ${which}. Correct them.`)
    : problem(
        'store-not-chosen',
        `${found.value.length} stores at MobilePay have ${which}: ${namesOf(found.value)}. Set pos.storeId to the id of one of them instead.`,
      );
}
