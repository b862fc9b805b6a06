import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

interface JournalFlags {
  config?: string;
  journal?: string;
  timeZone?: string;
}

const configFlag = [
  '--config <file>',
  'config file (default: /etc/beacon-terminal/config.yaml)',
] as const;

function withJournalFlags(command: Command): Command {
  return command
    .option(...configFlag)
    .option('--journal <file>', 'journal to read, instead of the one the config file names');
}

function withTimeZone(command: Command): Command {
  return command.option('--time-zone <name>', "such as Europe/Copenhagen (default: the machine's)");
}

/** `--journal` needs no config file: support staff read journals that were sent to them. */
async function journalPath({ config, journal }: JournalFlags): Promise<string> {
  if (journal !== undefined) return journal;
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig(config, process.env).journal.path;
}

const out = (text: string) => {
  process.stdout.write(text);
};

function zone({ timeZone }: JournalFlags): { timeZone?: string } {
  return timeZone === undefined ? {} : { timeZone };
}

function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** What support staff and accountants read, also while the service runs. */
export function addJournalSubcommands(program: Command, exitWith: (code: number) => void): void {
  withTimeZone(withJournalFlags(program.command('status')))
    .description('what is unsettled, what was settled last, what waits for the register')
    .option('--json', 'for programs', false)
    .action(async (flags: JournalFlags & { json: boolean }) => {
      const { statusCommand } = await import('./status.ts');
      const options = { journalPath: await journalPath(flags), json: flags.json, ...zone(flags) };
      exitWith(await statusCommand(options, out));
    });

  withTimeZone(withJournalFlags(program.command('history')))
    .description('the payments and refunds, a line each, oldest first')
    .option('--since <time>', 'a day or a time, such as 2026-01-31 or 2026-01-31T08:00')
    .option('--limit <number>', 'how many at most (default: 20)', count)
    .action(async (flags: JournalFlags & { since?: string; limit?: number }) => {
      const { historyCommand } = await import('./history.ts');
      const options = {
        journalPath: await journalPath(flags),
        ...(flags.since === undefined ? {} : { since: flags.since }),
        ...(flags.limit === undefined ? {} : { limit: flags.limit }),
        ...zone(flags),
      };
      exitWith(await historyCommand(options, out));
    });

  withTimeZone(withJournalFlags(program.command('explain')))
    .description(
      'what happened to a payment and its refunds, when and why, and whether the journal is whole',
    )
    .argument('<order>', 'order id, or the refundOrderId of a refund')
    .addHelpText('after', '\nExit code: 0, or 1 when the chain is broken or the order is unknown.')
    .action(async (orderId: string, flags: JournalFlags) => {
      const { explainCommand } = await import('./explain.ts');
      const options = { journalPath: await journalPath(flags), orderId, ...zone(flags) };
      exitWith(await explainCommand(options, out));
    });

  withTimeZone(withJournalFlags(program.command('report')))
    .description("a day's captures and refunds as CSV, for reconciliation")
    .argument('<date>', 'YYYY-MM-DD')
    .option('--all', 'also the orders and refunds of that day that moved no money', false)
    .action(async (date: string, flags: JournalFlags & { all: boolean }) => {
      const { reportCommand } = await import('./report.ts');
      const options = { journalPath: await journalPath(flags), date, all: flags.all };
      exitWith(await reportCommand({ ...options, ...zone(flags) }, out));
    });

  const journal = program.command('journal').description('about the journal file');
  journal
    .command('migrate')
    .description('brings the journal of an older version up to this one, as a start does as well')
    .argument('[file]', 'the journal (default: the one the config file names)')
    .option(...configFlag)
    .action(async (file: string | undefined, flags: JournalFlags) => {
      const { journalMigrateCommand } = await import('./journal-migrate.ts');
      exitWith(journalMigrateCommand({ journalPath: file ?? (await journalPath(flags)) }, out));
    });
  journal
    .command('salvage')
    .description('makes a damaged journal anew from what can still be read; stop the service first')
    .argument('[file]', 'the journal (default: the one the config file names)')
    .option(...configFlag)
    .action(async (file: string | undefined, flags: JournalFlags) => {
      const { journalSalvageCommand } = await import('./journal-salvage.ts');
      exitWith(
        await journalSalvageCommand({ journalPath: file ?? (await journalPath(flags)) }, out),
      );
    });
}
