import type { JournalReader, ReadOrder } from '../journal/journal-reader.ts';
import { openJournalReader } from '../journal/journal-reader.ts';
import { outcomeOf, reasonOf } from '../payment/outcome.ts';
import type { Payment } from '../payment/payment.ts';
import { unknownOrder } from '../payment/payment.ts';
import { transition } from '../payment/transition.ts';
import type { JournalledCommand } from '../ports.ts';
import { TerminalError } from '../terminal-error.ts';
import { eventWords } from './event-words.ts';
import { machineTimeZone, zonedTimes } from './zoned-time.ts';

export interface ExplainOptions {
  journalPath: string;
  orderId: string;
  /** IANA name; default: the machine's. */
  timeZone?: string;
}

type Out = (text: string) => void;
type TimeWords = (epochMs: number) => string;

function outcomeWords(payment: Payment): string {
  const reason = reasonOf(payment);
  return `${outcomeOf(payment)}${reason === null ? '' : ` (${reason})`}`;
}

function tellEntries(order: ReadOrder, timeOf: TimeWords, out: Out): void {
  let payment = unknownOrder(order.orderId);
  let told = '';
  for (const { n, at, event } of order.entries) {
    out(`${String(n).padStart(3)}  ${timeOf(at)}  `);
    if (event === null) {
      out('This entry cannot be read any more.\n');
      continue;
    }
    out(`${eventWords(event, timeOf)}\n`);
    const step = transition(payment, event);
    if (step.kind !== 'moved') continue;
    ({ payment } = step);
    const now = outcomeWords(payment);
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

function tell(reader: JournalReader, options: ExplainOptions, out: Out): number {
  const timeZone = options.timeZone ?? machineTimeZone();
  const timeOf = zonedTimes(timeZone);
  const { orderId } = options;
  const order = reader.orders.byId(orderId);
  if (order === undefined) {
    const commands = reader.orders.commandsAbout(orderId);
    out(`The journal has no order ${orderId}. No payment was begun for it by this terminal.\n`);
    tellCommands(commands, timeOf, out);
    return 1;
  }
  out(`Order ${orderId} (${order.standing}), times in ${timeZone}\n\n`);
  tellEntries(order, timeOf, out);
  tellCommands(reader.orders.commandsAbout(orderId), timeOf, out);
  if (order.remark !== null) out(`\nAfter damage: ${order.remark}\n`);
  const broken = reader.orders.breakOf(orderId);
  if (broken !== undefined) {
    out(`\nThe chain of this order is BROKEN: ${broken.what}. `);
    out('The entries from there on may not be what was written.\n');
    return 1;
  }
  out(`\nThe chain of this order holds: ${order.entries.length} entries as they were written.\n`);
  return 0;
}

/**
 * `beacon-terminal explain ORDER`: what happened to a payment, when and why, and whether the
 * journal still says what was written. Exit code 1 when the chain is broken or the order unknown.
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
