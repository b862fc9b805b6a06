import { decimalOf } from '../contract/amount-words.ts';
import type { JournalReader, ReadOrder, ReadRefund } from '../journal/journal-reader.ts';
import { openJournalReader } from '../journal/journal-reader.ts';
import { correlationIdsOf, eventsOf, paymentOf } from '../journal/read-payment.ts';
import { paidOutAt, refundEventsOf, refundOf } from '../journal/read-refund.ts';
import type { Payment } from '../payment/payment.ts';
import { dayOf, machineTimeZone } from './zoned-time.ts';

export interface ReportOptions {
  journalPath: string;
  /** YYYY-MM-DD */
  date: string;
  /** IANA name of the zone the day is in; default: the machine's. */
  timeZone?: string;
  /** Also the orders and refunds of that day that moved no money. */
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
  'type',
  'refund_order_id',
  'refund_id',
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
    correlationIdsOf(eventsOf(order)).join(' '),
    'payment',
    '',
    '',
  ];
}

/** What goes back is negative, so that a column's sum is what remains. */
function refundRowOf(read: ReadRefund): string[] {
  const refund = refundOf(read);
  const at = paidOutAt(read);
  const amount = refund?.amount?.value;
  const paid = at === undefined ? 0 : (amount ?? 0);
  return [
    refund?.orderId ?? '',
    refund?.paymentId ?? '',
    at === undefined ? '' : new Date(at).toISOString(),
    refund?.amount?.currency ?? '',
    ...(amount === undefined ? ['', ''] : negative(amount)),
    ...negative(paid),
    refund?.state ?? 'unreadable',
    correlationIdsOf(refundEventsOf(read)).join(' '),
    'refund',
    read.refundOrderId,
    refund?.refundId ?? '',
  ];
}

function negative(minorUnits: number): string[] {
  const minus = minorUnits === 0 ? '' : '-';
  return [`${minus}${minorUnits}`, `${minus}${decimalOf(minorUnits)}`];
}

/** What was taken and what was given back, by the time of it. */
function moneyRows(reader: JournalReader, from: number, to: number): string[][] {
  const rows = [
    ...reader.orders
      .capturedBetween(from, to)
      .map((order) => ({ at: captureTimeOf(order) ?? 0, row: rowOf(order) })),
    ...reader.refunds
      .capturedBetween(from, to)
      .map((refund) => ({ at: paidOutAt(refund) ?? 0, row: refundRowOf(refund) })),
  ];
  return rows.sort((one, other) => one.at - other.at).map(({ row }) => row);
}

/** What ended that day without money. */
function otherRows(reader: JournalReader, from: number, to: number): string[][] {
  const orders = reader.orders
    .settledBetween(from, to)
    .filter((order) => captureTimeOf(order) === undefined);
  const refunds = reader.refunds
    .settledBetween(from, to)
    .filter((refund) => paidOutAt(refund) === undefined);
  return [...orders.map(rowOf), ...refunds.map(refundRowOf)];
}

/**
 * `beacon-terminal report DATE`: the day's captures and refunds as CSV, for reconciliation with what
 * MobilePay paid out. Exit code 0.
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
    for (const row of moneyRows(reader, from, to)) out(line(row));
    if (options.all) for (const row of otherRows(reader, from, to)) out(line(row));
    return 0;
  } finally {
    reader.close();
  }
}
