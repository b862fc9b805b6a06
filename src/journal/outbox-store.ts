import type { Database } from 'better-sqlite3';
import type { EventName, EventPayload } from '../contract/messages.ts';
import type { JournalBatch, OutboxEntry } from '../ports.ts';
import type { Meta } from './meta.ts';

interface OutboxRow {
  position: number;
  name: EventName;
  payload: string;
}

/**
 * What the register has not acknowledged. An acknowledgement costs no commit of its own: it is kept
 * in memory until the next commit takes it along; losing it only repeats deliveries.
 */
export function openOutbox(db: Database, meta: Meta) {
  const insert = db.prepare<[number, string, string]>(
    'INSERT INTO outbox (position, name, payload) VALUES (?, ?, ?)',
  );
  const forget = db.prepare<[number]>('DELETE FROM outbox WHERE position <= ?');
  const after = db.prepare<[number, number], OutboxRow>(
    'SELECT position, name, payload FROM outbox WHERE position > ? ORDER BY position LIMIT ?',
  );
  const length = db
    .prepare<[number], number>('SELECT count(*) FROM outbox WHERE position > ?')
    .pluck();
  let acknowledged = 0;
  let forgotten = 0;
  let staged = 0;

  return {
    after: (position: number, limit: number): OutboxEntry[] =>
      after.all(Math.max(position, acknowledged), limit).map((row) => ({
        ...row,
        payload: JSON.parse(row.payload) as EventPayload<EventName>,
      })),
    length: () => length.get(acknowledged) ?? 0,
    acknowledge(position: number): void {
      const newest = meta.get('outboxPosition') ?? 0;
      acknowledged = Math.max(acknowledged, Math.min(position, newest));
    },
    owesForgetting: () => acknowledged > forgotten,
    /** Inside the transaction, or as one of its own. */
    forgetAcknowledged(): void {
      if (acknowledged <= forgotten) return;
      forget.run(acknowledged);
      staged = acknowledged;
    },
    /** Inside the transaction. */
    write(entries: NonNullable<JournalBatch['outbox']>): void {
      if (entries.length === 0) return;
      let position = meta.get('outboxPosition') ?? 0;
      for (const { name, payload } of entries) {
        position += 1;
        insert.run(position, name, JSON.stringify(payload));
      }
      meta.set('outboxPosition', position);
    },
    keep(): void {
      forgotten = staged;
    },
    drop(): void {
      staged = forgotten;
    },
  };
}
