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
  const { keptAs, orders, openOrders, impaired, commands, unansweredCommands, outbox } = report;
  out(`${journalPath} was made anew. The damaged file is kept as ${keptAs}.\n`);
  out(`Carried over: ${orders} orders, ${commands} commands (${unansweredCommands} unanswered), `);
  out(`${outbox} events for the register.\n`);
  if (openOrders.length > 0) {
    out(`Open, to be settled with MobilePay at the next start: ${openOrders.join(', ')}\n`);
  }
  for (const { orderId, remark } of impaired) out(`Impaired: ${orderId}: ${remark}\n`);
  out('Start the service again.\n');
  return 0;
}
