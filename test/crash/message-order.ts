import { paymentSnapshotSchema } from '../../src/contract/payment-snapshot.ts';
import { refundSnapshotSchema } from '../../src/contract/refund-snapshot.ts';
import type { Shop } from './shop.ts';

interface NumberedEvent {
  bootId: string;
  seq: number;
  /** Of events of payments and refunds. */
  revision?: number;
  refundOrderId?: string;
  text: string;
}

function eventsHeard(shop: Shop): NumberedEvent[] {
  return shop.till.heard.flatMap(({ topic, payload, text }) =>
    topic.startsWith('event/') ? [{ ...(payload as Omit<NumberedEvent, 'text'>), text }] : [],
  );
}

/** (bootId, seq) starts at 1, has no gap, comes in order, and never names two events. */
export function eventNumbers(shop: Shop): string[] {
  const problems: string[] = [];
  const boots = new Map<string, NumberedEvent[]>();
  for (const event of eventsHeard(shop)) {
    const { bootId, seq, text } = event;
    const ofBoot = boots.get(bootId) ?? [];
    boots.set(bootId, ofBoot);
    const known = ofBoot[seq - 1];
    if (known !== undefined) {
      // Delivery may repeat.
      if (known.text !== text) problems.push(`two events are ${bootId} ${seq}`);
      continue;
    }
    if (seq !== ofBoot.length + 1) problems.push(`after event ${ofBoot.length} came ${seq}`);
    if (bootId !== [...boots.keys()].at(-1)) problems.push(`event ${seq} of an older boot is late`);
    ofBoot.push(event);
  }
  problems.push(...revisionsOf([...boots.values()].flat()));
  const { state } = shop.till;
  const came = state === undefined ? 0 : (boots.get(state.bootId)?.length ?? 0);
  if (state?.online === true && state.seq !== came) {
    problems.push(`the state counts ${state.seq} events, ${came} came`);
  }
  return problems;
}

/** They rise, over all boots, for the payment and for its refund. */
function revisionsOf(events: readonly NumberedEvent[]): string[] {
  const newest = new Map<string, number>();
  return events.flatMap(({ revision, refundOrderId: whose = '' }) => {
    if (revision === undefined) return [];
    const before = newest.get(whose) ?? 0;
    newest.set(whose, revision);
    return revision > before ? [] : [`revision ${revision} came after ${before}`];
  });
}

interface Members {
  bootId?: string;
  seq?: number;
  id?: string;
  result?: unknown;
}

/** Per change event, then state, then reply: neither of these is ahead of what was heard before. */
export function orderOfMessages(shop: Shop): string[] {
  /** The newest event heard of each boot. */
  const newest = new Map<string, number>();
  const answered = new Set<unknown>();
  let present: Boot = { bootId: '', connectedAtSeq: 0 };
  return shop.till.heard.flatMap(({ topic, payload }) => {
    const { bootId = '', seq = 0, id, result } = payload as Members;
    const known = newest.get(bootId) ?? 0;
    if (topic.startsWith('event/')) newest.set(bootId, Math.max(seq, known));
    if (topic === 'state') {
      if (bootId !== present.bootId) present = { bootId, connectedAtSeq: seq };
      return seq > known ? [`a state came before event ${seq} that it tells of`] : [];
    }
    // An answer that comes again is as old as it is.
    if (topic !== 'reply' || answered.has(id)) return [];
    answered.add(id);
    const asOf = freshSeq(result, present);
    const heard = newest.get(present.bootId) ?? 0;
    if (asOf === undefined || asOf === heard) return [];
    return [`reply ${id}, as of event ${asOf}, came after event ${heard}`];
  });
}

interface Boot {
  bootId: string;
  connectedAtSeq: number;
}

/** Undefined for an answer of an earlier boot, or of this one before it was connected. */
function freshSeq(result: unknown, { bootId, connectedAtSeq }: Boot): number | undefined {
  const snapshot =
    paymentSnapshotSchema.safeParse(result).data ?? refundSnapshotSchema.safeParse(result).data;
  const fresh = snapshot?.bootId === bootId && snapshot.seq >= connectedAtSeq;
  return fresh ? snapshot.seq : undefined;
}
