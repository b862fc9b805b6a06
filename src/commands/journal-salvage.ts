import { salvageJournal } from '../journal/salvage.ts';

export interface SalvageOptions {
  journalPath: string;
}

/**
 * `beacon-terminal journal salvage FILE`: replaces a damaged journal by what can still be read of
 * it. The terminal asks MobilePay about the open orders when it starts. Exit code 0.
 */
export async function journalSalvageCommand(
  options: SalvageOptions,
  out: (text: string) => void,
): Promise<number> {
  const { journalPath } = options;
  const report = salvageJournal(journalPath, Date.now());
  if (report.kind === 'sound') {
    out(`${journalPath} is sound: nothing was changed.\n`);
    return 0;
  }
  const { keptAs, orders, openOrders, openRefunds, impaired } = report;
  const { commands, unansweredCommands, outbox } = report;
  out(`${journalPath} was made anew. The damaged file is kept as ${keptAs}.\n`);
  out(
    `Carried over: ${orders} orders and refunds, ${commands} commands (${unansweredCommands} unanswered), `,
  );
  out(`${outbox} events for the register.\n`);
  if (openOrders.length > 0) {
    out(`Open, to be settled with MobilePay at the next start: ${openOrders.join(', ')}\n`);
  }
  if (openRefunds.length > 0) {
    out(`Open refunds, to be settled likewise: ${openRefunds.join(', ')}\n`);
  }
  for (const order of impaired) {
    const name = 'orderId' in order ? order.orderId : `refund ${order.refundOrderId}`;
    out(`Impaired: ${name}: ${order.remark}\n`);
  }
  out('Start the service again.\n');
  return 0;
}
