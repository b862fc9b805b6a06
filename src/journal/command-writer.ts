import type { Database } from 'better-sqlite3';
import type { Reply } from '../contract/errors.ts';
import type { JournalledCommand } from '../ports.ts';
import type { CommandRow } from './archive-pack.ts';
import type { Meta } from './meta.ts';
import { kinds } from './migrations.ts';
import { mayHoldPersonalData, ordersNamedIn } from './personal-copies.ts';

export const INSERT_COMMAND = `INSERT INTO command (number, id, name, fingerprint, order_kind,
    order_id, reply_topic, correlation_data, arrived_at, answer)
  VALUES (@number, @id, @name, @fingerprint, @orderKind, @orderId, @replyTopic, @correlationData,
    @arrivedAt, @answer)`;

/** What a command is about, as it lies in the file. */
function aboutOf({ orderId, refundOrderId }: JournalledCommand) {
  if (refundOrderId !== null) return { orderKind: kinds.refund, orderId: refundOrderId };
  return { orderKind: orderId === null ? null : kinds.payment, orderId };
}

/** Commands and their answers. Keeps nothing in memory. */
export function openCommandWriter(
  db: Database,
  meta: Meta,
  numberOf: (orderId: string) => number | undefined,
) {
  const insert = db.prepare<[CommandRow]>(INSERT_COMMAND);
  const insertUnknown = db.prepare<[CommandRow]>(`${INSERT_COMMAND} ON CONFLICT DO NOTHING`);
  const update = db.prepare<[string, string]>('UPDATE command SET answer = ? WHERE id = ?');
  const numberById = db
    .prepare<[string], number>('SELECT number FROM command WHERE id = ?')
    .pluck();
  const insertCopy = db.prepare<[number, number]>(
    `INSERT OR IGNORE INTO personal (order_number, kind, ref) VALUES (?, 'answer', ?)`,
  );

  /** So that erasing an order's personal data finds the answers that repeat it. */
  function noteCopies(id: string, answer: string): void {
    if (!mayHoldPersonalData(answer)) return;
    const command = numberById.get(id);
    for (const orderId of ordersNamedIn(answer)) {
      const order = numberOf(orderId);
      if (order !== undefined && command !== undefined) insertCopy.run(order, command);
    }
  }

  return {
    /** For salvage: as it lay in another journal. Returns false where its id is known already. */
    carry(row: CommandRow): boolean {
      if (insertUnknown.run(row).changes === 0) return false;
      meta.set('commandNumber', Math.max(meta.get('commandNumber') ?? 0, row.number));
      if (row.answer !== null) noteCopies(row.id, row.answer);
      return true;
    },
    /** Inside the transaction. */
    write(
      commands: readonly JournalledCommand[],
      answers: readonly { id: string; answer: Reply }[],
    ): void {
      const given = new Map(answers.map(({ id, answer }) => [id, answer]));
      for (const command of commands) {
        const reply = given.get(command.id) ?? command.answer;
        const answer = reply === null ? null : JSON.stringify(reply);
        const { id, name, fingerprint, arrivedAt, replyTo } = command;
        const { topic: replyTopic, correlationData } = replyTo;
        const number = (meta.get('commandNumber') ?? 0) + 1;
        meta.set('commandNumber', number);
        insert.run({
          number,
          id,
          name,
          fingerprint,
          ...aboutOf(command),
          replyTopic,
          correlationData,
          arrivedAt,
          answer,
        });
        given.delete(id);
        if (answer !== null) noteCopies(id, answer);
      }
      for (const [id, reply] of given) {
        const answer = JSON.stringify(reply);
        update.run(answer, id);
        noteCopies(id, answer);
      }
    },
  };
}
