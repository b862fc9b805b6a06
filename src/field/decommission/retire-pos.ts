import { existsSync } from 'node:fs';
import type { Config } from '../../config/resolve.ts';
import { wantedPosOf } from '../../configured-pos.ts';
import { createPosOffice, type Step } from '../../engine/pos-office.ts';
import { takeWriterLock } from '../../journal/writer-lock.ts';
import type { PaymentPlatform } from '../../ports.ts';
import { TerminalError } from '../../terminal-error.ts';
import type { Problem } from '../provision/problem.ts';
import { openMoney } from './open-money.ts';

export type PosRetired =
  | { kind: 'deleted'; posId: string }
  | { kind: 'gone-already' }
  /** Something was begun while the terminal was being stopped. */
  | { kind: 'open-again' }
  | { kind: 'problem'; problem: Problem };

function problemOf(step: Exclude<Step<unknown>, { kind: 'done' }>): PosRetired {
  const what =
    step.kind === 'silence' ? `MobilePay did not answer (${step.why}).` : step.problem.message;
  const remedy = 'Give the same command again; it goes on from here.';
  return { kind: 'problem', problem: { code: 'unreachable', what, remedy } };
}

/**
 * Deletes the point of sale, while nobody else can write to the journal and nothing is open, by the
 * journal and by MobilePay (rule 15).
 */
export async function retirePos(config: Config, platform: PaymentPlatform): Promise<PosRetired> {
  const { path } = config.journal;
  let lock: { release(): void } | undefined;
  try {
    // Root must not make the lock: the terminal could not open it any more.
    if (existsSync(`${path}.lock`)) lock = takeWriterLock(path);
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return {
      kind: 'problem',
      problem: {
        code: error.code,
        what: error.message,
        remedy:
          'Stop the terminal: systemctl stop beacon-terminal, or Ctrl-C where it was started.',
      },
    };
  }
  try {
    if (openMoney(path).length > 0) return { kind: 'open-again' };
    return await deletePos(config, platform);
  } finally {
    lock?.release();
  }
}

async function deletePos(config: Config, platform: PaymentPlatform): Promise<PosRetired> {
  const office = createPosOffice({
    platform,
    wanted: wantedPosOf(config),
    newKey() {
      throw new Error('nothing is created here');
    },
    deviceBeaconId: async () => null,
    memory: { beaconIdOf: () => null, keep: () => {} },
  });
  const found = await office.find();
  if (found.kind !== 'done') return problemOf(found);
  const pos = found.value;
  if (pos === null) return { kind: 'gone-already' };
  const free = await office.isFree(pos);
  if (free.kind !== 'done') return problemOf(free);
  if (!free.value) return { kind: 'problem', problem: occupied(config) };
  const removed = await office.remove(pos);
  if (removed.kind !== 'done') return problemOf(removed);
  return { kind: 'deleted', posId: pos.posId };
}

/** The journal knows of nothing, MobilePay does: another's payment, or a journal that was lost. */
function occupied({ pos }: Config): Problem {
  return {
    code: 'unreachable',
    what: `MobilePay has a payment on ${pos.merchantPosId} that is active or reserved, and that this terminal’s journal does not know.`,
    remedy:
      'Start the terminal again, and settle that payment by the register\'s number of it: beacon-terminal send payment/cancel \'{"orderId":"…"}\' (or payment/capture). A reservation that nobody claims lapses at MobilePay.',
  };
}
