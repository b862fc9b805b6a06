import { paymentSnapshotSchema } from '../../src/contract/payment-snapshot.ts';
import type { Shop } from './shop.ts';
import type { Heard } from './till.ts';

interface NumberedEvent {
  bootId: string;
  seq: number;
  /** Of payment events. */
  revision?: number;
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
  [...boots.values()].flat().reduce((before, { revision }) => {
    if (revision === undefined) return before;
    if (revision <= before) problems.push(`revision ${revision} came after ${before}`);
    return revision;
  }, 0);
  const { state } = shop.till;
  const came = state === undefined ? 0 : (boots.get(state.bootId)?.length ?? 0);
  if (state?.online === true && state.seq !== came) {
    problems.push(`the state counts ${state.seq} events, ${came} came`);
  }
  return problems;
}

/** Per change event, then state, then reply: neither of these is ahead of what was heard before. */
export function orderOfMessages(shop: Shop): string[] {
  /** The newest event heard of each boot. */
  const newest = new Map<string, number>();
  const answered = new Set<unknown>();
  let present = '';
  return shop.till.heard.flatMap(({ topic, payload }) => {
    const { bootId = '', seq = 0, id } = payload as { bootId?: string; seq?: number; id?: string };
    if (topic.startsWith('event/')) newest.set(bootId, Math.max(seq, newest.get(bootId) ?? 0));
    if (topic === 'state') {
      present = bootId;
      const ahead = seq > (newest.get(bootId) ?? 0);
      return ahead ? [`a state came before event ${seq} that it tells of`] : [];
    }
    // An answer that comes again, or was given by an earlier boot, is as old as it is.
    if (topic !== 'reply' || answered.has(id)) return [];
    answered.add(id);
    return outOfOrder({ payload }, present, newest.get(present) ?? 0);
  });
}

function outOfOrder({ payload }: Pick<Heard, 'payload'>, present: string, heard: number): string[] {
  const { id, result } = payload as { id: string; result?: unknown };
  const snapshot = paymentSnapshotSchema.safeParse(result).data;
  if (snapshot === undefined || snapshot.bootId !== present || snapshot.seq === heard) return [];
  return [`reply ${id}, as of event ${snapshot.seq}, came after event ${heard}`];
}
