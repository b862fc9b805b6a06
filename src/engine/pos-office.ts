import type { CallResult, NewPos, PaymentPlatform, Pos } from '../ports.ts';
import type { SetupProblem } from './setup-problem.ts';
import { beaconIdTakenProblem, problemOfRefusal } from './setup-problem.ts';
import { chooseStore } from './store-choice.ts';
import type { PosDifference, WantedPos } from './wanted-pos.ts';
import { differencesOf, isSameId } from './wanted-pos.ts';

/** How a step with MobilePay ended. A problem is a person's to solve; silence may end by itself. */
export type Step<T> =
  | { kind: 'done'; value: T }
  | { kind: 'problem'; problem: SetupProblem }
  | { kind: 'silence'; why: string; unsent: boolean };

export interface PosOfficeWorld {
  platform: PaymentPlatform;
  wanted: WantedPos;
  newKey: () => string;
  /** The id a device on the counter carries by itself; null: none; undefined: not to be read now. */
  deviceBeaconId: () => Promise<string | null | undefined>;
  /** The beacon id that the PoS of this name had last, over restarts. */
  memory: {
    beaconIdOf: (merchantPosId: string) => string | null;
    keep: (merchantPosId: string, beaconId: string) => void;
  };
}

/** Finds, creates, compares and deletes the terminal's PoS (PoS V10, PoS management). */
export function createPosOffice(world: PosOfficeWorld) {
  const { platform, memory } = world;
  const { merchantPosId } = world.wanted;

  /** With the id of the device, which nothing in a file can change. */
  async function wantedNow(): Promise<WantedPos> {
    const carried = await world.deviceBeaconId();
    // What cannot be read now is no reason to change anything.
    return carried === null ? world.wanted : { ...world.wanted, beaconId: carried ?? null };
  }

  function failed(
    result: Exclude<CallResult<unknown>, { kind: 'ok' }>,
    what: string,
    wanted: WantedPos,
    beaconId: string | null = null,
  ): Step<never> {
    if (result.kind === 'refused') {
      const { code } = result.refusal;
      const problem = problemOfRefusal(code, platform.explain(code), wanted, beaconId);
      return { kind: 'problem', problem };
    }
    return { kind: 'silence', why: `${what}: ${result.detail}`, unsent: result.kind === 'unsent' };
  }

  const isGone = (code: string) => platform.explain(code).next === 'renew-pos';

  async function read(posId: string): Promise<Step<Pos>> {
    const got = await platform.getPos(posId);
    return got.kind === 'ok'
      ? { kind: 'done', value: got.value }
      : failed(got, 'reading the PoS', world.wanted);
  }

  /** By its name, before every create: an earlier one may have arrived (rule 15). */
  async function find(): Promise<Step<Pos | null>> {
    const found = await platform.findPos(merchantPosId);
    if (found.kind !== 'ok') return failed(found, 'finding the PoS', world.wanted);
    const posId = found.value[0];
    return posId === undefined ? { kind: 'done', value: null } : await read(posId);
  }

  async function storeFor(
    wanted: WantedPos,
    how: { standing: string | null; verified: boolean },
  ): Promise<Step<string>> {
    const choice = await chooseStore(platform, wanted.store, how);
    if (choice.kind === 'chosen') return { kind: 'done', value: choice.storeId };
    return choice.kind === 'problem' ? choice : failed(choice, 'finding the store', wanted);
  }

  async function create(): Promise<Step<Pos>> {
    const wanted = await wantedNow();
    const store = await storeFor(wanted, { standing: null, verified: false });
    if (store.kind !== 'done') return store;
    // What is printed and stuck to the counter stays true.
    const beaconId = wanted.beaconId ?? memory.beaconIdOf(merchantPosId) ?? world.wanted.beaconId;
    const pos: NewPos = {
      merchantPosId,
      storeId: store.value,
      name: wanted.name,
      supportedBeaconTypes: wanted.supportedBeaconTypes,
      requirePaymentBeforeCheckin: wanted.requirePaymentBeforeCheckin,
      ...(beaconId === null ? {} : { beaconId }),
      ...(wanted.callbackAlias === null ? {} : { callbackAlias: wanted.callbackAlias }),
    };
    const created = await platform.createPos(pos, world.newKey());
    return created.kind === 'ok'
      ? await read(created.value.posId)
      : failed(created, 'creating the PoS', wanted, beaconId);
  }

  return {
    find,

    /** The PoS of our name, made where there is none. From now on its beacon id is remembered. */
    async findOrCreate(): Promise<Step<Pos>> {
      const found = await find();
      if (found.kind !== 'done') return found;
      const pos = found.value;
      const opened = pos === null ? await create() : { kind: 'done' as const, value: pos };
      if (opened.kind === 'done') memory.keep(merchantPosId, opened.value.beaconId);
      return opened;
    },

    async compare(pos: Pos): Promise<Step<PosDifference[]>> {
      const wanted = await wantedNow();
      const store = await storeFor(wanted, { standing: pos.storeId, verified: false });
      if (store.kind !== 'done') return store;
      return { kind: 'done', value: differencesOf(pos, wanted, store.value) };
    },

    /** Whether MobilePay knows of no payment on it that is active or reserved, whoever made it. */
    async isFree(pos: Pos): Promise<Step<boolean>> {
      const listed = await platform.findPayments({ posId: pos.posId });
      if (listed.kind !== 'ok') return failed(listed, 'listing its payments', world.wanted);
      return { kind: 'done', value: listed.value.length === 0 };
    },

    /** What would keep the new PoS from being created: better known while the old one still sells. */
    async foresee(pos: Pos, differences: readonly PosDifference[]): Promise<Step<null>> {
      const wanted = await wantedNow();
      if (differences.includes('storeId')) {
        const store = await storeFor(wanted, { standing: null, verified: true });
        if (store.kind !== 'done') return store;
      }
      const { beaconId } = wanted;
      if (beaconId !== null && differences.includes('beaconId')) {
        const holders = await platform.findPosOfBeacon(beaconId);
        if (holders.kind !== 'ok') return failed(holders, 'looking for its beacon id', wanted);
        if (holders.value.some((posId) => !isSameId(posId, pos.posId))) {
          return { kind: 'problem', problem: beaconIdTakenProblem(beaconId, wanted) };
        }
      }
      return { kind: 'done', value: null };
    },

    /** A PoS that is gone already counts as deleted. */
    async remove(pos: Pos): Promise<Step<null>> {
      const deleted = await platform.deletePos(pos.posId);
      if (deleted.kind === 'ok') return { kind: 'done', value: null };
      if (deleted.kind === 'refused' && isGone(deleted.refusal.code)) {
        return { kind: 'done', value: null };
      }
      return failed(deleted, 'deleting the PoS', world.wanted);
    },
  };
}
export type PosOffice = ReturnType<typeof createPosOffice>;
