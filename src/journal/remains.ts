import type { EpochMs } from '../payment/events.ts';
import type { StoredEvent } from './event-text.ts';
import { chainName } from './hash-chain.ts';
import type { OrderKind } from './migrations.ts';
import type { EventRow, RefundTerms } from './order-rows.ts';
import { checkChain } from './verification.ts';

/** What can still be read of one order or refund. */
export interface Remains {
  kind: OrderKind;
  orderId: string;
  /** Undefined where nothing says whether it was open. */
  standing: number | undefined;
  newestAt: EpochMs;
  capturedAt: EpochMs | null;
  /** Of a refund, where they can be read. */
  terms: RefundTerms | undefined;
  /** What can be read, with what is left of the personal data, in order. */
  rows: (EventRow & { personal: string | null })[];
  /** Some entries could not be read at all. */
  incomplete: boolean;
  /** Where and how it was closed, if that can be read. */
  closed: { events: number; head: Uint8Array } | undefined;
}

export interface Carried<Event> {
  events: Event[];
  settled: boolean;
  /** Null where it came over as it was. */
  remark: string | null;
}

type Read<Event> = (stored: StoredEvent) => Event;

/** Every entry that can be read, trusted or not. */
export function readableEvents<Event>({ rows }: Remains, read: Read<Event>): Event[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch {
      return [];
    }
  });
}

/** The entries before the first one that is missing or not what was written. */
export function trustedEvents<Event>(
  remains: Remains,
  read: Read<Event>,
): { events: Event[]; whole: boolean } {
  const { rows, closed } = remains;
  const check = checkChain(chainName(remains.kind, remains.orderId), rows);
  const good = check.kind === 'whole' ? rows : rows.slice(0, check.n - 1);
  const events: Event[] = [];
  for (const row of good) {
    try {
      events.push(read(row));
    } catch {
      return { events, whole: false };
    }
  }
  const ended =
    closed === undefined ||
    (check.kind === 'whole' &&
      closed.events === check.n &&
      Buffer.from(closed.head).equals(check.head));
  return { events, whole: check.kind === 'whole' && !remains.incomplete && ended };
}
