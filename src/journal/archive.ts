import type { Database } from 'better-sqlite3';
import { packOrder, unpackOrder } from './archive-pack.ts';
import { openCommandRows } from './command-rows.ts';
import { INSERT_COMMAND } from './command-writer.ts';
import { chainName, eventHash, GENESIS } from './hash-chain.ts';
import type { OrderKind } from './migrations.ts';
import { kinds, standings } from './migrations.ts';
import type { OrderRow, OrderRows } from './order-rows.ts';
import { EVENTS_PER_ORDER, ORDER_COLUMNS } from './order-rows.ts';

/**
 * The archive lies in the same file: a transaction over two files in WAL mode is not atomic, one
 * file is one thing to back up and to salvage, and an order id stays unique under one index. A
 * packed order takes about a fifth of its space, and freed pages are used again.
 */
export function openArchive(db: Database, rows: OrderRows) {
  const commands = openCommandRows(db);
  const due = db.prepare<[number, number], OrderRow>(
    `SELECT ${ORDER_COLUMNS} FROM payment_order
     WHERE kind IN (${kinds.payment}, ${kinds.refund})
       AND standing = ${standings.settled} AND newest_at < ?
       AND NOT EXISTS (SELECT 1 FROM personal WHERE order_number = number)
       AND NOT EXISTS (SELECT 1 FROM command
                       WHERE command.order_id = payment_order.order_id
                         AND order_kind = kind AND answer IS NULL)
     ORDER BY newest_at LIMIT ?`,
  );
  const insertOrder = db.prepare<[number, Buffer]>(
    'INSERT INTO archived_order (order_number, packed) VALUES (?, ?)',
  );
  const insertCommand = db.prepare<[string, number]>(
    'INSERT INTO archived_command (id, order_number) VALUES (?, ?)',
  );
  const deleteEvents = db.prepare<[number, number]>(
    'DELETE FROM event WHERE place > ? AND place < ?',
  );
  const deleteCommands = db.prepare<[string, OrderKind]>(
    'DELETE FROM command WHERE order_id = ? AND order_kind = ?',
  );
  const mark = db.prepare<[number]>(
    `UPDATE payment_order SET standing = ${standings.archived} WHERE number = ?`,
  );

  function move(row: OrderRow): void {
    const events = rows.eventRows(row).map(({ n, at, body }) => ({ n, at, body }));
    const own = commands.byOrder(row.kind, row.orderId);
    insertOrder.run(row.number, packOrder({ events, commands: own }));
    for (const { id } of own) insertCommand.run(id, row.number);
    const from = row.number * EVENTS_PER_ORDER;
    deleteEvents.run(from, from + EVENTS_PER_ORDER);
    deleteCommands.run(row.orderId, row.kind);
    mark.run(row.number);
  }

  return {
    /** Orders whose newest entry is older, whose personal data is erased; oldest first. */
    due: (olderThan: number, limit: number): OrderRow[] => due.all(olderThan, limit),
    /** Inside a transaction. */
    move,
  };
}

/** Inside a transaction: a late truth about an archived order brings it back, whole. */
export function restoreArchived(db: Database, row: OrderRow): void {
  const packed = db
    .prepare<[number], Buffer>('SELECT packed FROM archived_order WHERE order_number = ?')
    .pluck()
    .get(row.number);
  if (packed === undefined) return;
  const { events, commands } = unpackOrder(packed);
  const insertEvent = db.prepare('INSERT INTO event (place, at, body, hash) VALUES (?, ?, ?, ?)');
  let head: Uint8Array = GENESIS;
  for (const { n, at, body } of events) {
    head = eventHash(head, chainName(row.kind, row.orderId), n, at, body);
    insertEvent.run(row.number * EVENTS_PER_ORDER + n, at, body, head);
  }
  const insertCommand = db.prepare(INSERT_COMMAND);
  for (const command of commands) insertCommand.run(command);
  db.prepare('DELETE FROM archived_order WHERE order_number = ?').run(row.number);
  db.prepare('DELETE FROM archived_command WHERE order_number = ?').run(row.number);
  db.prepare(`UPDATE payment_order SET standing = ${standings.settled} WHERE number = ?`).run(
    row.number,
  );
}
