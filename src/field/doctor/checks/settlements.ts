import { refundSummaryOf } from '../../../commands/refund-status.ts';
import { faultRemedies } from '../../../contract/fault-remedies.ts';
import type { JournalReader } from '../../../journal/journal-reader.ts';
import { openJournalReader } from '../../../journal/journal-reader.ts';
import { paymentOf } from '../../../journal/read-payment.ts';
import { captureDueAt } from '../../../payment/capture-reminder.ts';
import { owedOf } from '../../../payment/owed.ts';
import type { Finding } from '../finding.ts';
import { failed, ok, skipped, warning } from '../finding.ts';
import { terminalCheck } from '../patient.ts';

/** What the terminal owes is settled within minutes while MobilePay answers. */
const PATIENCE_MS = 3_600_000;
/** So many events only pile up behind a register that is away. */
const MANY_EVENTS = 100;

/** Whether something waits to be captured, cancelled or paid out for too long. */
export const settlements = terminalCheck({
  name: 'settlements',
  look({ config }, world) {
    let reader: JournalReader;
    try {
      reader = openJournalReader(config.journal.path);
    } catch {
      return skipped('the journal cannot be read: see the check journal');
    }
    try {
      return findingOf(reader, Math.max(world.now(), reader.newestTrustedAt() ?? 0));
    } finally {
      reader.close();
    }
  },
});

function findingOf(reader: JournalReader, now: number): Finding {
  const orders = reader.orders.open().map((order) => {
    const payment = paymentOf(order);
    return {
      name: order.orderId,
      overdue: payment !== undefined && captureDueAt(payment) <= now,
      // What waits for the register may wait.
      ours: payment === undefined || owedOf(payment).do !== 'watch',
      since: order.entries[0]?.at ?? now,
    };
  });
  const refunds = reader.refunds.open().map((refund) => {
    const { overdueSince, owed, firstEntryAt } = refundSummaryOf(refund, now);
    return {
      name: `refund ${refund.refundOrderId}`,
      overdue: overdueSince !== null,
      ours: owed !== 'watch',
      since: firstEntryAt ?? now,
    };
  });
  const overdueRefunds = refunds.filter(({ overdue }) => overdue);
  if (overdueRefunds.length > 0) {
    const seen = `overdue: ${namesOf(overdueRefunds)}`;
    return failed(seen, faultRemedies['refund-overdue'], 'refund-overdue');
  }
  const overdue = orders.filter((order) => order.overdue);
  if (overdue.length > 0) {
    const seen = `overdue: ${namesOf(overdue)}`;
    return failed(seen, faultRemedies['capture-overdue'], 'capture-overdue');
  }
  const open = [...orders, ...refunds];
  const stuck = open.filter(({ ours, since }) => ours && now - since > PATIENCE_MS);
  if (stuck.length > 0) {
    return warning(
      `unsettled for more than an hour: ${namesOf(stuck)}`,
      'See that the service runs and reaches MobilePay: it settles them by itself.',
    );
  }
  const events = reader.outboxLength();
  const seen = `${open.length} unsettled, ${events} events for the register`;
  return events > MANY_EVENTS
    ? warning(seen, 'See that the service reaches the broker: they are delivered then.')
    : ok(seen);
}

function namesOf(all: readonly { name: string }[]): string {
  const first = all.slice(0, 3).map(({ name }) => name);
  return all.length > 3 ? `${first.join(', ')} and ${all.length - 3} more` : first.join(', ');
}
