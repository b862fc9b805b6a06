import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';
import { refundSnapshotSchema } from '../../src/contract/refund-snapshot.ts';
import type { RefundStatus } from '../../src/simulator/refund-states.ts';
import type { Scenario } from './scenario.ts';
import type { Shop } from './shop.ts';

const paysOut: ReadonlySet<RefundStatus> = new Set(['Captured', 'ExpiredAndCaptured']);

/** What must hold of the refund after every run: paid back once at most, as intended, and told so. */
export function refundProblems(shop: Shop, scenario: Scenario): string[] {
  const problems: string[] = [];
  const held = shop.refunds();
  if (held.length > 1) problems.push(`${held.length} refunds at MobilePay for one refundOrderId`);
  const end = held[0]?.status ?? 'none';
  const ends = scenario.refundEnds ?? ['none'];
  // A sale that was refused is never refunded.
  const unsold = shop.payment()?.status !== 'Captured' && end === 'none';
  if (!ends.includes(end) && !unsold) problems.push(`the refund ended as ${end} at MobilePay`);
  const paid = held[0]?.history.filter(({ status }) => paysOut.has(status)).length ?? 0;
  if (paid > 1) problems.push(`paid out ${paid} times`);
  return [...problems, ...toldOfRefund(shop), ...verbatimRefunds(shop)];
}

function toldOfRefund(shop: Shop): string[] {
  const problems: string[] = [];
  const end = shop.refunds()[0]?.status;
  for (const { topic, payload } of shop.till.heard) {
    for (const { outcome, revision } of snapshotsIn(payload)) {
      const what = `${topic}: refund revision ${revision} is ${outcome}`;
      if (outcome === 'declined' && end !== undefined && paysOut.has(end)) {
        problems.push(`${what}, and it was paid out`);
      }
    }
  }
  const known = shop.till.newestRefund(shop.refundOrderId);
  if (end === undefined) return problems;
  const expected = paysOut.has(end) ? 'approved' : 'declined';
  if (known?.outcome !== expected || known.platformStatus !== end) {
    problems.push(
      `of the refund the register believes ${known?.outcome} (${known?.platformStatus}), MobilePay says ${end}`,
    );
  }
  return problems;
}

function snapshotsIn(payload: unknown): RefundSnapshot[] {
  if (typeof payload !== 'object' || payload === null) return [];
  const whole = refundSnapshotSchema.safeParse(payload).data;
  if (whole !== undefined) return [whole];
  return 'result' in payload ? snapshotsIn(payload.result) : [];
}

/** A create that is repeated has the key and the bytes it had, in every boot. */
function verbatimRefunds(shop: Shop): string[] {
  const boots = Array.from({ length: shop.terminal.boots }, (_, index) => index + 1);
  const creates = boots
    .flatMap((boot) => shop.terminal.pointsOf(boot))
    .flatMap((point) => /^before POST \/pos\/v10\/refunds (\S+ .*)$/.exec(point)?.[1] ?? []);
  const different = [...new Set(creates)];
  return different.length <= 1 ? [] : [`refund creates differ: ${different.join(' | ')}`];
}
