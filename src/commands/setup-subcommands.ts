import { type Command, InvalidArgumentError } from 'commander';
import type { DecommissionFlags } from './decommission.ts';
import type { ProvisionFlags } from './provision.ts';

const configFlag = [
  '--config <file>',
  'config file (default: /etc/beacon-terminal/config.yaml)',
] as const;

function seconds(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('It must be a number of seconds.');
  return Number(text);
}

/** What a technician does with a terminal, at its beginning and at its end. */
export function addSetupSubcommands(program: Command, exitWith: (code: number) => void): void {
  program
    .command('provision')
    .description('makes a terminal of this machine, step by step; again: goes on where it stopped')
    .option(...configFlag)
    .option('--from <file>', 'answers in YAML, as in a config file; nothing is asked')
    .option(
      '--csv <file>',
      'answers as a row of a batch; what --from says counts where it is empty',
    )
    .option('--row <id>', "the row's terminal.id, or its number")
    .option('--client-secret-file <file>', "file with MobilePay's client secret; - for stdin")
    .option('--mqtt-password-file <file>', 'file with the password at the broker; - for stdin')
    .option('--broker-ca <file>', "PEM file of the broker's certificate authority; it is copied")
    .option(
      '--sign-command <command>',
      'gets the certificate request on stdin, prints the certificate',
    )
    .option('--certificate <file>', 'the certificate, signed elsewhere; - for stdin')
    .option(
      '--take-over',
      'this terminal replaces the one whose point of sale stands already',
      false,
    )
    .option('--resume', 'goes on with the answers of the last time; nothing is asked', false)
    .option(
      '--user <name>',
      'whom the service runs as, and the secrets belong to',
      'beacon-terminal',
    )
    .option('--service <unit>', 'the service to start (default: that of the usual config file)')
    .option('--no-service', 'starts none')
    .option('--wait <seconds>', 'how long it may take to come online', seconds, 120)
    .option('--dry-run', 'says what would happen, and changes nothing', false)
    .addHelpText(
      'after',
      '\nSecrets are typed unseen, or read from a file or stdin; never from the command line.\n' +
        'Exit code: 0 done, 1 doctor found something, 75 waiting for something; run it again then.',
    )
    .action(async (flags: ProvisionFlags) => {
      const { provisionCommand } = await import('./provision.ts');
      const subcommands = program.commands.map((command) => command.name());
      exitWith(await provisionCommand(flags, subcommands));
    });

  program
    .command('decommission')
    .description('takes the terminal out of service; again: goes on where it stopped')
    .option(...configFlag)
    .option(
      '--settle <how>',
      'what is to become of open payments: wait (the terminal finishes what it has begun), capture, cancel',
    )
    .option('--wait <seconds>', 'how long that may take', seconds, 300)
    .option('--revoke-command <command>', 'gets the certificate on stdin and revokes it')
    .option(
      '--client-secret-file <file>',
      "MobilePay's client secret, if it is not here; - for stdin",
    )
    .option('--keep-pos', 'leaves the point of sale to the terminal that has taken over', false)
    .option('--service <unit>', 'the service to stop (default: that of the usual config file)')
    .option('--no-service', 'stops none')
    .option('--yes', 'does not ask whether it is meant', false)
    .option('--dry-run', 'says what would happen, and changes nothing', false)
    .addHelpText(
      'after',
      '\nWithout --settle it refuses while anything is reserved, undecided or being refunded.\n' +
        'Exit code: 0 done, 77 money is not settled, 69 something cannot be reached: run it again.',
    )
    .action(async (flags: DecommissionFlags) => {
      const { decommissionCommand } = await import('./decommission.ts');
      exitWith(await decommissionCommand(flags));
    });
}
