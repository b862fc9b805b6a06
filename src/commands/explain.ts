import type { JournalReader, ReadOrder, ReadRefund } from '../journal/journal-reader.ts';
import { openJournalReader } from '../journal/journal-reader.ts';
import type { Entry } from '../journal/order-rows.ts';
import { paymentOf } from '../journal/read-payment.ts';
import type { Break } from '../journal/verification.ts';
import type { DatedEvent } from '../payment/events.ts';
import { outcomeOf, reasonOf } from '../payment/outcome.ts';
import { unknownOrder } from '../payment/payment.ts';
import { transition } from '../payment/transition.ts';
import type { JournalledCommand } from '../ports.ts';
import type { DatedRefundEvent } from '../refund/events.ts';
import { outcomeOf as refundOutcomeOf, reasonOf as refundReasonOf } from '../refund/outcome.ts';
import { unknownRefund } from '../refund/refund.ts';
import { transition as refundTransition } from '../refund/transition.ts';
import { TerminalError } from '../terminal-error.ts';
import { eventWords } from './event-words.ts';
import { refundEventWords } from './refund-event-words.ts';
import { machineTimeZone, zonedTimes } from './zoned-time.ts';

export interface ExplainOptions {
  journalPath: string;
  orderId: string;
  /** IANA name; default: the machine's. */
  timeZone?: string;
}

type Out = (text: string) => void;
type TimeWords = (epochMs: number) => string;

/** What there is to tell of one order or refund. */
interface Told<Event> {
  words: (event: Event, timeOf: TimeWords) => string;
  /** How it stands after its next event, in a word or two. */
  outcomeAfter: (event: Event) => string;
}

function withReason(outcome: string, reason: string | null): string {
  return `${outcome}${reason === null ? '' : ` (${reason})`}`;
}

function paymentTold(orderId: string): Told<DatedEvent> {
  let payment = unknownOrder(orderId);
  return {
    words: eventWords,
    outcomeAfter(event) {
      const step = transition(payment, event);
      if (step.kind === 'moved') ({ payment } = step);
      return withReason(outcomeOf(payment), reasonOf(payment));
    },
  };
}

function refundTold(refundOrderId: string): Told<DatedRefundEvent> {
  let refund = unknownRefund(refundOrderId);
  return {
    words: refundEventWords,
    outcomeAfter(event) {
      const step = refundTransition(refund, event);
      if (step.kind === 'moved') ({ refund } = step);
      return withReason(refundOutcomeOf(refund), refundReasonOf(refund));
    },
  };
}

function tellEntries<Event>(
  entries: Entry<Event>[],
  { words, outcomeAfter }: Told<Event>,
  timeOf: TimeWords,
  out: Out,
): void {
  let told = '';
  for (const { n, at, event } of entries) {
    out(`${String(n).padStart(3)}  ${timeOf(at)}  `);
    if (event === null) {
      out('This entry cannot be read any more.\n');
      continue;
    }
    out(`${words(event, timeOf)}\n`);
    const now = outcomeAfter(event);
    if (now !== told) out(`${' '.repeat(26)}From here on: ${now}\n`);
    told = now;
  }
}

function answerWords({ answer }: JournalledCommand): string {
  if (answer === null) return 'not answered yet';
  if (answer.ok) {
    const { result } = answer;
    const outcome =
      typeof result === 'object' && result !== null && 'outcome' in result ? result.outcome : '';
    return `answered ok ${String(outcome)}`.trimEnd();
  }
  const { code, message, mobilePay } = answer.error;
  const said =
    mobilePay === null
      ? ''
      : ` MobilePay said code ${mobilePay.code ?? '?'}, HTTP ${mobilePay.status ?? '?'}, correlation id ${mobilePay.correlationId ?? 'none'}.`;
  return `refused: ${code}. ${message}${said}`;
}

function tellCommands(commands: JournalledCommand[], timeOf: TimeWords, out: Out): void {
  if (commands.length === 0) return;
  out('\nWhat the register asked\n');
  for (const command of commands) {
    const { id, name, arrivedAt } = command;
    out(`     ${timeOf(arrivedAt)}  ${name} ${id}: ${answerWords(command)}\n`);
  }
}

/** Whether the chain holds. */
function tellChain(what: string, broken: Break | undefined, entries: number, out: Out): boolean {
  if (broken === undefined) {
    out(`\nThe chain of this ${what} holds: ${entries} entries as they were written.\n`);
    return true;
  }
  out(`\nThe chain of this ${what} is BROKEN: ${broken.what}. `);
  out('The entries from there on may not be what was written.\n');
  return false;
}

/** Whether everything that is told is as it was written. */
function tellOrder(reader: JournalReader, order: ReadOrder, timeOf: TimeWords, out: Out): boolean {
  const { orderId, entries, remark } = order;
  tellEntries(entries, paymentTold(orderId), timeOf, out);
  tellCommands(reader.orders.commandsAbout(orderId), timeOf, out);
  if (remark !== null) out(`\nAfter damage: ${remark}\n`);
  return tellChain('order', reader.orders.breakOf(orderId), entries.length, out);
}

function tellRefund(reader: JournalReader, refund: ReadRefund, timeOf: TimeWords, out: Out) {
  const { refundOrderId, entries, remark, standing } = refund;
  out(`Refund ${refundOrderId} (${standing})\n\n`);
  tellEntries(entries, refundTold(refundOrderId), timeOf, out);
  tellCommands(reader.refunds.commandsAbout(refundOrderId), timeOf, out);
  if (remark !== null) out(`\nAfter damage: ${remark}\n`);
  return tellChain('refund', reader.refunds.breakOf(refundOrderId), entries.length, out);
}

/** Those of the order, by its payment or by its name, and the one that has this id itself. */
function refundsAbout(reader: JournalReader, id: string, order: ReadOrder | undefined) {
  const paymentId = order === undefined ? null : paymentOf(order)?.paymentId;
  const found = new Map<string, ReadRefund>();
  for (const refund of [
    ...(paymentId ? reader.refunds.ofPayment(paymentId) : []),
    ...reader.refunds.ofOrder(id),
    ...[reader.refunds.byId(id)].filter((refund) => refund !== undefined),
  ]) {
    found.set(refund.refundOrderId, refund);
  }
  return [...found.values()];
}

function tell(reader: JournalReader, options: ExplainOptions, out: Out): number {
  const timeZone = options.timeZone ?? machineTimeZone();
  const timeOf = zonedTimes(timeZone);
  const { orderId } = options;
  const order = reader.orders.byId(orderId);
  const refunds = refundsAbout(reader, orderId, order);
  let holds = true;
  if (order !== undefined) {
    out(`Order ${orderId} (${order.standing}), times in ${timeZone}\n\n`);
    holds = tellOrder(reader, order, timeOf, out);
  } else if (refunds.length > 0) {
    out(`Times in ${timeZone}\n`);
  } else {
    out(`The journal has no order ${orderId}. No payment was begun for it by this terminal.\n`);
    tellCommands(reader.orders.commandsAbout(orderId), timeOf, out);
    tellCommands(reader.refunds.commandsAbout(orderId), timeOf, out);
    return 1;
  }
  for (const refund of refunds) {
    out('\n');
    holds = tellRefund(reader, refund, timeOf, out) && holds;
  }
  return holds ? 0 : 1;
}

/**
 * `beacon-terminal explain ORDER`: what happened to a payment and its refunds, or to the refund of
 * that id, when and why, and whether the journal still says what was written. Exit code 1 when a
 * chain is broken or the id unknown.
 */
export async function explainCommand(options: ExplainOptions, out: Out): Promise<number> {
  let reader: JournalReader | undefined;
  try {
    reader = openJournalReader(options.journalPath);
    return tell(reader, options, out);
  } catch (error) {
    if (!(error instanceof TerminalError) || error.code !== 'journal-damaged') throw error;
    out(`${error.message}\n`);
    return 1;
  } finally {
    reader?.close();
  }
}
