import type { Logger } from 'pino';
import type { CallResult, Clock, NewPos, PaymentPlatform, Pos } from '../ports.ts';
import { sessionWaitMs } from './back-off.ts';
import type { Ledger } from './ledger.ts';
import type { Wake } from './wake.ts';
import { createWake } from './wake.ts';

/** The PoS as the configuration wants it. */
export interface WantedPos {
  merchantPosId: string;
  name: string;
  store: { storeId: string } | { brandId: string; locationId: string };
  beaconId: string | null;
  supportedBeaconTypes: string[];
  callbackAlias: string | null;
  requirePaymentBeforeCheckin: boolean;
}

type Opening =
  | { kind: 'open'; pos: Pos }
  | { kind: 'failed'; why: string; credentialsRefused: boolean; reachable: boolean };

/** Whether the PoS at MobilePay is the one the configuration wants (PoS V10, PoS management). */
function posDiffers(pos: Pos, wanted: WantedPos): boolean {
  const types = new Set(wanted.supportedBeaconTypes);
  const sameTypes =
    pos.supportedBeaconTypes.length === types.size &&
    pos.supportedBeaconTypes.every((type) => types.has(type));
  return (
    ('storeId' in wanted.store && wanted.store.storeId !== pos.storeId) ||
    (wanted.beaconId !== null && wanted.beaconId.toLowerCase() !== pos.beaconId.toLowerCase()) ||
    wanted.name !== pos.name ||
    (wanted.callbackAlias ?? null) !== (pos.callbackAlias ?? null) ||
    wanted.requirePaymentBeforeCheckin !== pos.requirePaymentBeforeCheckin ||
    !sameTypes
  );
}

function failure(result: CallResult<unknown>, what: string): Opening {
  switch (result.kind) {
    case 'ok':
      return { kind: 'failed', why: what, credentialsRefused: false, reachable: true };
    case 'refused':
      return {
        kind: 'failed',
        why: `${what}: MobilePay refused it with code ${result.refusal.code} (${result.message})`,
        credentialsRefused: false,
        reachable: true,
      };
    case 'unsent':
      return {
        kind: 'failed',
        why: `${what}: ${result.detail}`,
        credentialsRefused: false,
        reachable: false,
      };
    case 'unanswered':
      return {
        kind: 'failed',
        why: `${what}: ${result.detail}`,
        credentialsRefused: result.credentialsRefused,
        reachable: result.credentialsRefused,
      };
  }
}

/**
 * Opens the terminal's session with MobilePay: the boot's token call (nothing that spends time
 * starts before it, rule 12), then the PoS: found by merchantPosId, or created.
 */
export function createSession(options: {
  platform: PaymentPlatform;
  ledger: Ledger;
  clock: Clock;
  logger: Logger;
  wanted: WantedPos;
  newKey: () => string;
  random: () => number;
}) {
  const { platform, ledger, logger, wanted } = options;
  const wake: Wake = createWake();
  let stopped = false;

  async function storeId(): Promise<{ id: string } | Opening> {
    if ('storeId' in wanted.store) return { id: wanted.store.storeId };
    const { brandId, locationId } = wanted.store;
    const stores = await platform.findStores({ brandId, locationId });
    if (stores.kind !== 'ok') return failure(stores, 'finding the store');
    const store = stores.value[0];
    if (store === undefined || stores.value.length > 1) {
      return failure(
        stores,
        `${stores.value.length} stores match pos.merchantBrandId ${brandId} and pos.merchantLocationId ${locationId}: correct them, or set pos.storeId`,
      );
    }
    return { id: store.storeId };
  }

  async function createPos(): Promise<Opening> {
    const store = await storeId();
    if ('kind' in store) return store;
    const pos: NewPos = {
      merchantPosId: wanted.merchantPosId,
      storeId: store.id,
      name: wanted.name,
      supportedBeaconTypes: wanted.supportedBeaconTypes,
      requirePaymentBeforeCheckin: wanted.requirePaymentBeforeCheckin,
      ...(wanted.beaconId === null ? {} : { beaconId: wanted.beaconId }),
      ...(wanted.callbackAlias === null ? {} : { callbackAlias: wanted.callbackAlias }),
    };
    const created = await platform.createPos(pos, options.newKey());
    if (created.kind !== 'ok') return failure(created, 'creating the PoS');
    const got = await platform.getPos(created.value.posId);
    return got.kind === 'ok' ? { kind: 'open', pos: got.value } : failure(got, 'reading the PoS');
  }

  async function open(onAuthorized: () => void): Promise<Opening> {
    const token = await platform.authorize();
    if (token.kind !== 'ok') return failure(token, 'getting a token');
    onAuthorized();
    // Before every create: look by merchantPosId (rule 15). An earlier create may have arrived.
    const found = await platform.findPos(wanted.merchantPosId);
    if (found.kind !== 'ok') return failure(found, 'finding the PoS');
    const posId = found.value[0];
    if (posId === undefined) return await createPos();
    const got = await platform.getPos(posId);
    return got.kind === 'ok' ? { kind: 'open', pos: got.value } : failure(got, 'reading the PoS');
  }

  return {
    /** Tries until it succeeds; undefined when stopped before. */
    async open(listeners: {
      /** The boot's token call succeeded: what is unsettled may be settled. */
      onAuthorized: () => void;
      onFailed: (why: string) => void;
    }): Promise<Pos | undefined> {
      for (let failures = 1; !stopped; failures += 1) {
        const opening = await open(listeners.onAuthorized);
        if (stopped) return undefined;
        if (opening.kind === 'open') {
          ledger.clear('credentials-refused');
          if (posDiffers(opening.pos, wanted)) ledger.raise('pos-outdated');
          return opening.pos;
        }
        logger.warn({ why: opening.why }, 'no session with MobilePay yet');
        if (opening.credentialsRefused) ledger.raise('credentials-refused');
        listeners.onFailed(opening.why);
        await wake.wait(sessionWaitMs(failures, options.random()));
      }
      return undefined;
    },
    stop(): void {
      stopped = true;
      wake.wake();
    },
  };
}
