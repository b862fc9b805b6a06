import type { JournalReader, ReadOrder } from '../journal/journal-reader.ts';
import { openJournalReader } from '../journal/journal-reader.ts';
import type { Payment } from '../payment/payment.ts';
import { decimalOf } from './amount-words.ts';
import { correlationIdsOf, eventsOf, paymentOf } from './read-payment.ts';
import { dayOf, machineTimeZone } from './zoned-time.ts';

export interface ReportOptions {
  journalPath: string;
  /** YYYY-MM-DD */
  date: string;
  /** IANA name of the zone the day is in; default: the machine's. */
  timeZone?: string;
  /** Also the orders of that day that took no money. */
  all: boolean;
}

const header = [
  'order_id',
  'payment_id',
  'captured_at',
  'currency',
  'amount_minor',
  'amount',
  'captured_minor',
  'captured',
  'state',
  'correlation_ids',
];

/** RFC 4180: quoted where a comma, a quote or a line break stands in it. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function line(fields: readonly string[]): string {
  return `${fields.map(field).join(',')}\r\n`;
}

function captureTimeOf(order: ReadOrder): number | undefined {
  return eventsOf(order).find(
    (event) =>
      event.type === 'captureAnswered' || ('seen' in event && event.seen.status === 'Captured'),
  )?.at;
}

function money(payment: Payment | undefined): string[] {
  const amount = payment?.amount ?? null;
  const captured = payment?.state === 'Captured' ? payment.capturedAmount : null;
  const capturedMinor = captured?.value ?? 0;
  return [
    amount?.currency ?? captured?.currency ?? '',
    amount === null ? '' : String(amount.value),
    amount === null ? '' : decimalOf(amount.value),
    String(capturedMinor),
    decimalOf(capturedMinor),
  ];
}

function rowOf(order: ReadOrder): string[] {
  const payment = paymentOf(order);
  const capturedAt = captureTimeOf(order);
  return [
    order.orderId,
    payment?.paymentId ?? '',
    capturedAt === undefined ? '' : new Date(capturedAt).toISOString(),
    ...money(payment),
    payment?.state ?? 'unreadable',
    correlationIdsOf(order).join(' '),
  ];
}

function ordersOf(reader: JournalReader, from: number, to: number, all: boolean): ReadOrder[] {
  const captured = reader.orders.capturedBetween(from, to);
  if (!all) return captured;
  const others = reader.orders
    .settledBetween(from, to)
    .filter((order) => captureTimeOf(order) === undefined);
  return [...captured, ...others];
}

/**
 * `beacon-terminal report DATE`: the day's captures as CSV, for reconciliation with what MobilePay
 * paid out. Exit code 0.
 * @throws TerminalError `usage` for a date or a time zone that does not exist
 */
export async function reportCommand(
  options: ReportOptions,
  out: (text: string) => void,
): Promise<number> {
  const { from, to } = dayOf(options.date, options.timeZone ?? machineTimeZone());
  const reader = openJournalReader(options.journalPath);
  try {
    out(line(header));
    for (const order of ordersOf(reader, from, to, options.all)) out(line(rowOf(order)));
    return 0;
  } finally {
    reader.close();
  }
}
