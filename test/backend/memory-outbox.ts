import type { EventName, EventPayload } from '../../src/contract/messages.ts';
import type { Journal, OutboxEntry } from '../../src/ports.ts';

export type Outbox = Pick<Journal, 'outboxAfter' | 'outboxAcknowledged' | 'outboxLength'> & {
  append(name: EventName, payload: EventPayload<EventName>): number;
};

/** The journal's outbox without a disk. */
export function memoryOutbox(): Outbox {
  let entries: OutboxEntry[] = [];
  let position = 0;
  return {
    append(name, payload) {
      position += 1;
      entries.push({ position, name, payload });
      return position;
    },
    outboxAfter: (after, limit) => entries.filter((e) => e.position > after).slice(0, limit),
    outboxLength: () => entries.length,
    outboxAcknowledged(upTo) {
      entries = entries.filter((entry) => entry.position > upTo);
    },
  };
}
