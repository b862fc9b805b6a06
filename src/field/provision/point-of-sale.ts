import { randomUUID } from 'node:crypto';
import { createPosOffice, type Step } from '../../engine/pos-office.ts';
import type { WantedPos } from '../../engine/wanted-pos.ts';
import type { PaymentPlatform, Pos, SetupProblemKind } from '../../ports.ts';
import type { Problem, QuestionName } from './problem.ts';

const askAgain: Record<SetupProblemKind, readonly QuestionName[]> = {
  'store-not-found': ['store'],
  'store-not-chosen': ['store'],
  'store-not-activated': ['store'],
  'store-of-another-merchant': ['store', 'mobilepay.merchantVat'],
  'pos-id-taken': ['terminal.id'],
  'beacon-id-taken': ['pos.beaconId'],
  'pos-of-another-integrator': ['terminal.id'],
  'pos-of-another-merchant': ['terminal.id'],
  refused: [],
};

function problemIn(step: Exclude<Step<unknown>, { kind: 'done' }>): Problem {
  if (step.kind === 'silence') {
    return {
      code: 'unreachable',
      what: `MobilePay did not answer (${step.why}).`,
      remedy: 'Give the same command again; it goes on from here. If it lasts, ask MobilePay.',
    };
  }
  const { kind, message } = step.problem;
  const [what = message, ...remedy] = message.split(/(?<=\.) /);
  return {
    code: 'config-invalid',
    what,
    remedy: remedy.join(' ') || 'Ask MobilePay’s merchant support.',
    ask: askAgain[kind],
  };
}

export interface PosWishes {
  platform: PaymentPlatform;
  wanted: WantedPos;
  /** The beacon id that this terminal's journal remembers. */
  remembered: string | null;
  /** Whether the point of sale that stands is known to be this terminal's. */
  isOurs: (pos: Pos) => boolean;
  takeOver: boolean | undefined;
  /** Kept before the create leaves: what then stands there is ours. */
  beforeCreate: () => Promise<void>;
  /** MobilePay has refused it: nothing was created. */
  afterRefusal: () => Promise<void>;
  dryRun: boolean;
}

export type PosEnding =
  | { kind: 'pos'; pos: Pos; how: 'created' | 'ours' | 'taken-over'; differs: string[] }
  /** A dry run: it would be created. */
  | { kind: 'would-create' }
  | { kind: 'problem'; problem: Problem };

/**
 * Sees to it that there is a point of sale. One that stands already is never changed here: only the
 * terminal, which has the journal, knows when that is safe, and does it by itself (rule 15).
 */
export async function openPointOfSale(wishes: PosWishes): Promise<PosEnding> {
  const { platform, wanted, remembered } = wishes;
  const office = createPosOffice({
    platform,
    wanted,
    newKey: randomUUID,
    deviceBeaconId: async () => null,
    memory: { beaconIdOf: () => remembered, keep: () => {} },
  });
  const found = await office.find();
  if (found.kind !== 'done') return { kind: 'problem', problem: problemIn(found) };
  const standing = found.value;
  if (standing !== null) return await takeOver(standing);

  const beaconId = wanted.beaconId ?? remembered;
  if (beaconId !== null) {
    const holders = await platform.findPosOfBeacon(beaconId);
    if (holders.kind === 'ok' && holders.value.length > 0) {
      return { kind: 'problem', problem: beaconIdTaken(beaconId) };
    }
  }
  if (wishes.dryRun) return { kind: 'would-create' };
  await wishes.beforeCreate();
  const created = await office.findOrCreate();
  if (created.kind === 'done') {
    return { kind: 'pos', pos: created.value, how: 'created', differs: [] };
  }
  if (created.kind === 'problem') await wishes.afterRefusal();
  return { kind: 'problem', problem: problemIn(created) };

  async function takeOver(pos: Pos): Promise<PosEnding> {
    const ours = wishes.isOurs(pos);
    if (!ours && wishes.takeOver !== true) return { kind: 'problem', problem: standsAlready(pos) };
    const compared = await office.compare(pos);
    if (compared.kind !== 'done') return { kind: 'problem', problem: problemIn(compared) };
    return { kind: 'pos', pos, how: ours ? 'ours' : 'taken-over', differs: compared.value };
  }
}

function beaconIdTaken(beaconId: string): Problem {
  return {
    code: 'config-invalid',
    what: `Another point of sale at MobilePay has the beacon id ${beaconId}.`,
    remedy:
      'Check the number on the beacon, or leave pos.beaconId out and MobilePay makes one; or decommission the terminal that has it.',
    ask: ['pos.beaconId'],
  };
}

function standsAlready({ merchantPosId, name, beaconId }: Pos): Problem {
  return {
    code: 'config-invalid',
    what: `MobilePay has a point of sale ${merchantPosId} already: "${name}", beacon id ${beaconId}. Another terminal may be selling on it.`,
    remedy:
      'If this terminal replaces that one: --take-over (takeOver: true). If not, give this one a terminal.id of its own.',
    ask: ['takeOver'],
  };
}
