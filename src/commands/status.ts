import { setupNoteOf } from '../engine/setup-note.ts';
import type { JournalReader, ReadOrder } from '../journal/journal-reader.ts';
import { openJournalReader } from '../journal/journal-reader.ts';
import { outcomeOf, reasonOf } from '../payment/outcome.ts';
import type { Owed } from '../payment/owed.ts';
import { owedOf } from '../payment/owed.ts';
import { platformStatusOf } from '../payment/payment.ts';
import { amountWords } from './amount-words.ts';
import { paymentOf } from './read-payment.ts';
import { machineTimeZone, zonedTimes } from './zoned-time.ts';

export interface StatusOptions {
  journalPath: string;
  json: boolean;
  /** IANA name; default: the machine's. */
  timeZone?: string;
}

const owedWords: Record<Owed['do'], string> = {
  nothing: 'nothing',
  find: 'to find out whether MobilePay has it',
  ask: 'to ask MobilePay what became of it',
  ready: 'to tell MobilePay the amount',
  capture: 'the capture',
  cancel: 'the cancellation',
  watch: 'nothing: it waits for the register to capture or cancel',
};

function summaryOf(order: ReadOrder) {
  const payment = paymentOf(order);
  return {
    orderId: order.orderId,
    outcome: payment === undefined ? 'unknown' : outcomeOf(payment),
    reason: payment === undefined ? null : reasonOf(payment),
    platformStatus: payment === undefined ? null : platformStatusOf(payment),
    amount: payment?.amount ?? null,
    intent: payment?.intent?.kind ?? null,
    owed: payment === undefined ? 'find' : owedOf(payment).do,
    firstEntryAt: order.entries[0]?.at ?? null,
    newestEntryAt: order.entries.at(-1)?.at ?? null,
  };
}
type Summary = ReturnType<typeof summaryOf>;

function statusOf(reader: JournalReader) {
  const unsettled = reader.orders.open().map(summaryOf);
  const last = reader.orders.newestSettled(1).map(summaryOf)[0] ?? null;
  const times = [...unsettled, ...(last === null ? [] : [last])].map((each) => each.newestEntryAt);
  return {
    setupProblem: setupNoteOf(reader.note('setup-problem')),
    unsettled,
    lastSettled: last,
    unansweredCommands: reader.unansweredCommands().map(({ id, name }) => ({ id, name })),
    outboxLength: reader.outboxLength(),
    newestEntryAt: Math.max(reader.newestTrustedAt() ?? 0, ...times.map((at) => at ?? 0)) || null,
  };
}

const iso = (epochMs: number | null) => (epochMs === null ? null : new Date(epochMs).toISOString());

function withIsoTimes(summary: Summary) {
  const { firstEntryAt, newestEntryAt } = summary;
  return { ...summary, firstEntryAt: iso(firstEntryAt), newestEntryAt: iso(newestEntryAt) };
}

/**
 * `beacon-terminal status`: what keeps it from its point of sale, what is unsettled and owed, what was settled last, what waits for the
 * register. Exit code 0.
 */
export async function statusCommand(
  options: StatusOptions,
  out: (text: string) => void,
): Promise<number> {
  const timeOf = zonedTimes(options.timeZone ?? machineTimeZone());
  const reader = openJournalReader(options.journalPath);
  try {
    const status = statusOf(reader);
    if (options.json) {
      const json = {
        journal: options.journalPath,
        ...status,
        unsettled: status.unsettled.map(withIsoTimes),
        lastSettled: status.lastSettled === null ? null : withIsoTimes(status.lastSettled),
        newestEntryAt: iso(status.newestEntryAt),
      };
      out(`${JSON.stringify(json, null, 2)}\n`);
      return 0;
    }
    const time = (at: number | null) => (at === null ? 'never' : timeOf(at));
    const line = (label: string, text: string) => out(`${label.padEnd(14)}${text}\n`);
    line('Journal', options.journalPath);
    line('Newest entry', time(status.newestEntryAt));
    const problem = status.setupProblem;
    if (problem !== null) {
      line('Trouble', `since ${time(Date.parse(problem.since))}: ${problem.message}`);
    }
    line('Unsettled', status.unsettled.length === 0 ? 'nothing' : '');
    for (const {
      orderId,
      amount,
      outcome,
      platformStatus,
      owed,
      firstEntryAt,
    } of status.unsettled) {
      const state = platformStatus ?? 'not known to MobilePay';
      out(
        `  ${orderId}: ${amountWords(amount)}, ${outcome} (${state}), since ${time(firstEntryAt)}\n`,
      );
      out(`    still owed: ${owedWords[owed]}\n`);
    }
    const last = status.lastSettled;
    line(
      'Last settled',
      last === null
        ? 'nothing yet'
        : `${last.orderId}: ${amountWords(last.amount)}, ${last.outcome}, ${time(last.newestEntryAt)}`,
    );
    const waiting = status.unansweredCommands.map(({ id, name }) => `${name} ${id}`);
    line('Unanswered', waiting.length === 0 ? 'no command' : waiting.join(', '));
    const events = status.outboxLength === 1 ? 'event' : 'events';
    line('Outbox', `${status.outboxLength} ${events} to be delivered to the register`);
    return 0;
  } finally {
    reader.close();
  }
}
