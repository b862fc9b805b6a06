import { readRemoteState, remoteFileOf } from '../config/remote-file.ts';
import { remoteWords } from '../config/remote-keys.ts';
import { runningWith } from '../config/remote-states.ts';
import { amountWords } from '../contract/amount-words.ts';
import type { RemoteConfig } from '../contract/remote-config.ts';
import { setupNoteOf } from '../engine/setup-note.ts';
import type { JournalReader, ReadOrder } from '../journal/journal-reader.ts';
import { openJournalReader } from '../journal/journal-reader.ts';
import { paymentOf } from '../journal/read-payment.ts';
import { captureDueAt } from '../payment/capture-reminder.ts';
import { outcomeOf, reasonOf } from '../payment/outcome.ts';
import type { Owed } from '../payment/owed.ts';
import { owedOf } from '../payment/owed.ts';
import type { Payment } from '../payment/payment.ts';
import { platformStatusOf } from '../payment/payment.ts';
import type { RefundSummary } from './refund-status.ts';
import { refundLinesOf, refundSummaryOf } from './refund-status.ts';
import { machineTimeZone, zonedTimes } from './zoned-time.ts';

export interface StatusOptions {
  journalPath: string;
  json: boolean;
  /** IANA name; default: the machine's. */
  timeZone?: string;
  /** Epoch ms; the journal's newest entry counts where this is behind it. */
  now?: () => number;
}

const owedWords: Record<Owed['do'], string> = {
  nothing: 'nothing',
  find: 'to find out whether MobilePay has it',
  ask: 'to ask MobilePay what became of it',
  ready: 'to tell MobilePay the amount',
  capture: 'the capture',
  cancel: 'the cancellation',
  watch: 'nothing: the register has to capture or cancel it',
};

/** Since when somebody should have settled this reservation, or null. */
function overdueSince(payment: Payment, now: number): number | null {
  const dueAt = captureDueAt(payment);
  return dueAt <= now ? dueAt : null;
}

function summaryOf(order: ReadOrder, now: number) {
  const payment = paymentOf(order);
  return {
    orderId: order.orderId,
    outcome: payment === undefined ? 'unknown' : outcomeOf(payment),
    reason: payment === undefined ? null : reasonOf(payment),
    platformStatus: payment === undefined ? null : platformStatusOf(payment),
    amount: payment?.amount ?? null,
    intent: payment?.intent?.kind ?? null,
    owed: payment === undefined ? 'find' : owedOf(payment).do,
    reservedAt: payment?.reservedAt ?? null,
    reservationExpiresAt: payment?.reservationExpiresAt ?? null,
    overdueSince: payment === undefined ? null : overdueSince(payment, now),
    firstEntryAt: order.entries[0]?.at ?? null,
    newestEntryAt: order.entries.at(-1)?.at ?? null,
  };
}
type Summary = ReturnType<typeof summaryOf>;

function statusOf(reader: JournalReader, wallMs: number, remoteConfig: RemoteConfig | null) {
  const now = Math.max(wallMs, reader.newestTrustedAt() ?? 0);
  const summary = (order: ReadOrder) => summaryOf(order, now);
  const unsettled = reader.orders.open().map(summary);
  const unsettledRefunds = reader.refunds.open().map((refund) => refundSummaryOf(refund, now));
  const last = reader.orders.newestSettled(1).map(summary)[0] ?? null;
  const times = [...unsettled, ...unsettledRefunds, ...(last === null ? [] : [last])].map(
    (each) => each.newestEntryAt,
  );
  return {
    remoteConfig,
    setupProblem: setupNoteOf(reader.note('setup-problem')),
    unsettled,
    unsettledRefunds,
    lastSettled: last,
    unansweredCommands: reader.unansweredCommands().map(({ id, name }) => ({ id, name })),
    outboxLength: reader.outboxLength(),
    newestEntryAt: Math.max(reader.newestTrustedAt() ?? 0, ...times.map((at) => at ?? 0)) || null,
  };
}

const iso = (epochMs: number | null) => (epochMs === null ? null : new Date(epochMs).toISOString());

function withIsoTimes(summary: Summary) {
  return {
    ...summary,
    reservedAt: iso(summary.reservedAt),
    reservationExpiresAt: iso(summary.reservationExpiresAt),
    overdueSince: iso(summary.overdueSince),
    firstEntryAt: iso(summary.firstEntryAt),
    newestEntryAt: iso(summary.newestEntryAt),
  };
}

function refundWithIsoTimes(summary: RefundSummary) {
  return {
    ...summary,
    paysOutAt: iso(summary.paysOutAt),
    overdueSince: iso(summary.overdueSince),
    firstEntryAt: iso(summary.firstEntryAt),
    newestEntryAt: iso(summary.newestEntryAt),
  };
}

/** An unsettled order: what it is, what is still owed, and how long its reservation lives. */
function linesOf(summary: Summary, time: (at: number | null) => string): string[] {
  const { orderId, amount, outcome, platformStatus, owed } = summary;
  const { firstEntryAt, reservedAt, reservationExpiresAt } = summary;
  const state = platformStatus ?? 'not known to MobilePay';
  const lines = [
    `  ${orderId}: ${amountWords(amount)}, ${outcome} (${state}), since ${time(firstEntryAt)}`,
    `    still owed: ${owedWords[owed]}`,
  ];
  if (reservedAt !== null) {
    lines.push(`    reserved ${time(reservedAt)}, until ${time(reservationExpiresAt)}`);
  }
  if (summary.overdueSince !== null) {
    lines.push(`    OVERDUE since ${time(summary.overdueSince)} (capture-overdue)`);
  }
  return lines;
}

/**
 * `beacon-terminal status`: what keeps it from its point of sale, what is unsettled, owed and
 * overdue, what was settled last, what waits for the register. Exit code 0.
 */
export async function statusCommand(
  options: StatusOptions,
  out: (text: string) => void,
): Promise<number> {
  const timeOf = zonedTimes(options.timeZone ?? machineTimeZone());
  const reader = openJournalReader(options.journalPath);
  try {
    const remote = readRemoteState(remoteFileOf(options.journalPath));
    const inForce = remote === undefined ? null : runningWith(remote);
    const status = statusOf(reader, (options.now ?? Date.now)(), inForce);
    if (options.json) {
      const json = {
        journal: options.journalPath,
        ...status,
        unsettled: status.unsettled.map(withIsoTimes),
        unsettledRefunds: status.unsettledRefunds.map(refundWithIsoTimes),
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
    if (inForce !== null) line('From afar', `config ${remoteWords(inForce)}`);
    const problem = status.setupProblem;
    if (problem !== null) {
      line('Trouble', `since ${time(Date.parse(problem.since))}: ${problem.message}`);
    }
    const unsettled = [
      ...status.unsettled.flatMap((summary) => linesOf(summary, time)),
      ...status.unsettledRefunds.flatMap((summary) => refundLinesOf(summary, time)),
    ];
    line('Unsettled', unsettled.length === 0 ? 'nothing' : '');
    for (const text of unsettled) out(`${text}\n`);
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
