import type { Database } from 'better-sqlite3';
import type { Reply } from '../contract/errors.ts';
import type { JournalledCommand } from '../ports.ts';
import type { CommandRow } from './archive-pack.ts';
import { unpackOrder } from './archive-pack.ts';
import type { OrderKind } from './migrations.ts';
import { kinds } from './migrations.ts';

/** As they lie in the file, under the names of a row. */
export const COMMAND_COLUMNS = `number, id, name, fingerprint, order_kind AS orderKind,
  order_id AS orderId, reply_topic AS replyTopic, correlation_data AS correlationData,
  arrived_at AS arrivedAt, answer`;

export function commandOf(row: CommandRow): JournalledCommand {
  return {
    id: row.id,
    name: row.name,
    fingerprint: row.fingerprint,
    orderId: row.orderKind === kinds.payment ? row.orderId : null,
    refundOrderId: row.orderKind === kinds.refund ? row.orderId : null,
    replyTo: { topic: row.replyTopic, correlationData: row.correlationData },
    arrivedAt: row.arrivedAt,
    answer: row.answer === null ? null : (JSON.parse(row.answer) as Reply),
  };
}

/** How commands lie in the file, those of archived orders included. */
export function openCommandRows(db: Database) {
  const byId = db.prepare<[string], CommandRow>(
    `SELECT ${COMMAND_COLUMNS} FROM command WHERE id = ?`,
  );
  const byOrder = db.prepare<[string, OrderKind], CommandRow>(
    `SELECT ${COMMAND_COLUMNS} FROM command WHERE order_id = ? AND order_kind = ? ORDER BY number`,
  );
  const unanswered = db.prepare<[], CommandRow>(
    `SELECT ${COMMAND_COLUMNS} FROM command WHERE answer IS NULL ORDER BY number`,
  );
  const archived = db
    .prepare<[string], Buffer>(
      `SELECT packed FROM archived_command JOIN archived_order USING (order_number) WHERE id = ?`,
    )
    .pluck();

  return {
    byId(id: string): CommandRow | undefined {
      const row = byId.get(id);
      if (row !== undefined) return row;
      const packed = archived.get(id);
      if (packed === undefined) return undefined;
      return unpackOrder(packed).commands.find((command) => command.id === id);
    },
    byOrder: (kind: OrderKind, orderId: string) => byOrder.all(orderId, kind),
    unanswered: () => unanswered.all(),
  };
}
