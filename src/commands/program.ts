import { Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { TerminalError } from '../terminal-error.ts';
import { version } from '../version.ts';
import type { CertifyFlags } from './certify.ts';
import { addJournalSubcommands } from './journal-subcommands.ts';
import type { LabelFlags } from './label.ts';
import { addSetupSubcommands } from './setup-subcommands.ts';
import { type TerminalFlags, withTerminalFlags } from './terminal-flags.ts';

/**
 * The subcommands. Each loads what it needs when it is called, so that `run` does not wait for the
 * simulator's libraries. `exitWith` is told what the process should end with.
 */
export function createProgram(exitWith: (code: number) => void): Command {
  const program = new Command('beacon-terminal')
    .description(
      'A MobilePay beacon terminal for the checkout, driven by a cash register over MQTT.',
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(add --help for what is possible)')
    .configureHelp({ showGlobalOptions: false });

  program
    .command('run')
    .description('the terminal itself, on real hardware or with parts switched off or virtual')
    .addOption(configFile())
    .action(async (flags: { config?: string }) => {
      const { runCommand } = await import('./run.ts');
      exitWith(await runCommand(flags));
    });

  withWorldFlags(
    program
      .command('simulate')
      .description('a whole world on one page: register, terminal, customer, broker and MobilePay'),
  ).action(async (flags: WorldFlags) => {
    const { simulate } = await import('../world/simulate.ts');
    exitWith(await simulate(flags));
  });

  withWorldFlags(program.command('simulator').description('the MobilePay PoS V10 simulator alone'))
    .option('--faults <file>', 'script of a whole run, JSON or YAML: what goes wrong, and when')
    .option(
      '--callback <alias=url>',
      'where points of sale with this callbackAlias are notified; may be repeated',
      callbackAddress,
    )
    .action(async (flags: WorldFlags & SimulatorFlags) => {
      const { runSimulator } = await import('../simulator/command.ts');
      await runSimulator(flags);
      exitWith(exitCodes.done);
    });

  addCertify(program, exitWith);
  addDoctor(program, exitWith);
  addLabel(program, exitWith);
  addGateway(program, exitWith);
  addRegisterCommands(program, exitWith);
  addJournalSubcommands(program, exitWith);
  addSetupSubcommands(program, exitWith);
  addConfigCommands(program);
  return program;
}

function addCertify(program: Command, exitWith: (code: number) => void): void {
  program
    .command('certify')
    .description("plays MobilePay's self-certification and reports")
    .option('--against <url>', "MobilePay's sandbox (default: a PoS V10 simulator of its own)")
    .option('--auth-url <url>', 'where tokens come from (default: as at the sandbox)')
    .option('--customer-url <url>', 'where the customer is played (default: as at the sandbox)')
    .option('--client-id <id>', "the integrator's client id at the sandbox")
    .option(
      '--secrets-dir <dir>',
      'folder with mobilepay-client-secret',
      '/etc/beacon-terminal/secrets',
    )
    .option('--vat <number>', "merchant's VAT number (default: the self-certification's)")
    .option('--brand <id>', "the store's brand (default: the self-certification's)")
    .option('--location <id>', "the store's location (default: the self-certification's)")
    .option('--phone <number>', "the customer's phone number")
    .option('--client-version <x.y.z>', 'the version that must be sent (default: its own)')
    .option('--category <name>', 'only this category; may be repeated', several)
    .option('--flow <name>', 'only this flow, as the table names it; may be repeated', several)
    .option('--report <dir>', 'where the report goes', 'certification-report')
    .option('--jobs <number>', 'flows at a time (default: 6; 1 with --against)', atLeastOne)
    .addHelpText('after', '\nExit code: 0 all passed, 1 something did not.')
    .action(async (flags: CertifyFlags) => {
      const { certifyCommand } = await import('./certify.ts');
      exitWith(await certifyCommand(flags, process.stdout));
    });
}

function atLeastOne(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('It must be 1 to 99.');
  return Number(text);
}

interface WorldFlags {
  port: number;
  mqttPort: number;
  apiPort: number;
  host: string;
  data?: string;
}

interface SimulatorFlags {
  faults?: string;
  callback?: Record<string, string>;
}

function callbackAddress(text: string, others: Record<string, string> = {}) {
  const [alias, ...rest] = text.split('=');
  const url = rest.join('=');
  if (alias === undefined || alias === '' || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new InvalidArgumentError('It must be ALIAS=URL, such as shop=https://127.0.0.1:8443/.');
  }
  return { ...others, [alias]: url };
}

function withWorldFlags(command: Command): Command {
  return command
    .option('--port <number>', 'port of the page; 0 picks a free one', portNumber, 8080)
    .option('--mqtt-port <number>', 'port of the MQTT broker', portNumber, 1883)
    .option('--api-port <number>', 'port of the MobilePay API', portNumber, 8081)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--data <dir>', 'folder that keeps everything (default: a temporary one)');
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return port;
}

function configFile(): Option {
  return new Option('--config <file>', 'config file (default: /etc/beacon-terminal/config.yaml)');
}

function addDoctor(program: Command, exitWith: (code: number) => void): void {
  program
    .command('doctor')
    .description('looks at the whole terminal and says what is wrong and what to do about it')
    .addOption(configFile())
    .option('--json', 'for programs', false)
    .option('--timeout <seconds>', 'when it ends at the latest (default: 70)', wholeSeconds)
    .addHelpText(
      'after',
      '\nIt disturbs nothing: run it while the service runs, and as root. ' +
        'Exit code: 0, or 1 when a check failed.',
    )
    .action(async (flags: { config?: string; json: boolean; timeout?: number }) => {
      const { doctorCommand } = await import('./doctor.ts');
      exitWith(await doctorCommand(flags, process.stdout));
    });
}

function addLabel(program: Command, exitWith: (code: number) => void): void {
  program
    .command('label')
    .description("makes the terminal's sticker (QR code, name, ids) and the content of an NFC tag")
    .addOption(configFile())
    .option('--beacon-id <id>', 'instead of the one the terminal has at MobilePay')
    .option('--name <text>', 'instead of pos.name')
    .option('--serial <text>', "instead of the board's serial number")
    .option(
      '--size <mm>',
      'WIDTHxHEIGHT: 62x29, 57x32, 50x50, 100x62, 70x105 or any other',
      '62x29',
    )
    .option('--format <name>', 'png, svg, pdf or ndef; may be repeated (default: all)', several)
    .option('--dpi <number>', 'dots per inch of the PNG: what the printer has', dotsPerInch, 300)
    .option('--out <dir>', 'folder for the files', '.')
    .addHelpText(
      'after',
      '\nPrints the path of each file. With --beacon-id and --name no config file is needed.',
    )
    .action(async (flags: LabelFlags) => {
      const { labelCommand } = await import('./label.ts');
      exitWith(labelCommand(flags, process.stdout));
    });
}

function several(text: string, before: string[] = []): string[] {
  return [...before, text];
}

function dotsPerInch(text: string): number {
  const dpi = Number(text);
  if (!/^\d{2,4}$/.test(text) || dpi < 72 || dpi > 1200) {
    throw new InvalidArgumentError('It must be 72 to 1200.');
  }
  return dpi;
}

function addGateway(program: Command, exitWith: (code: number) => void): void {
  program
    .command('gateway')
    .description("the merchant's HTTPS endpoint: MobilePay's check-in notifications into MQTT")
    .addOption(configFile())
    .addHelpText(
      'after',
      '\nIt reads the sections gateway, mqtt, console and log. SIGHUP reads the certificate again.',
    )
    .action(async (flags: { config?: string }) => {
      const { gatewayCommand } = await import('./gateway.ts');
      exitWith(await gatewayCommand(flags));
    });
}

/** The reference clients of a register. */
function addRegisterCommands(program: Command, exitWith: (code: number) => void): void {
  withTerminalFlags(
    program
      .command('pay')
      .description('asks a terminal for an amount and says what happens')
      .argument('<amount>', 'with exactly two decimals: 12.50 or 12,50'),
  )
    .option('--order <id>', 'order id, used once ever (default: a new one)')
    .option('--timeout <seconds>', 'how long the customer has, 5 to 3600', wholeSeconds)
    .addHelpText('after', '\nExit code: 0 approved, 1 declined, 75 unknown: ask again.')
    .action(async (amount: string, flags: TerminalFlags & { order?: string; timeout?: number }) => {
      await checkAmount(amount);
      const { payCommand } = await import('./pay.ts');
      const options = { orderId: flags.order, timeoutSeconds: flags.timeout };
      const { terminalAddress } = await import('./terminal-address.ts');
      const address = terminalAddress(flags, process.env);
      exitWith(
        await payCommand(amount, { ...address, ...options }, process.stdout, process.stderr),
      );
    });

  withTerminalFlags(
    program
      .command('refund')
      .description('gives back money of an order and says what happens')
      .argument('<order>', 'order id of the payment')
      .argument('<amount>', 'with exactly two decimals: 12.50 or 12,50'),
  )
    .option('--refund-order <id>', 'id of the refund, used once ever (default: a new one)')
    .option('--payment <id>', "MobilePay's id of the payment, where another till made it")
    .addHelpText('after', '\nExit code: 0 approved, 1 declined, 75 unknown: ask again.')
    .action(
      async (
        order: string,
        amount: string,
        flags: TerminalFlags & { refundOrder?: string; payment?: string },
      ) => {
        await checkAmount(amount);
        const { refundCommand } = await import('./refund.ts');
        const { terminalAddress } = await import('./terminal-address.ts');
        const options = {
          ...terminalAddress(flags, process.env),
          refundOrderId: flags.refundOrder,
          paymentId: flags.payment,
        };
        exitWith(await refundCommand(order, amount, options, process.stdout, process.stderr));
      },
    );

  withTerminalFlags(
    program
      .command('send')
      .description('sends one command to a terminal and prints the answer')
      .argument('<command>', 'such as payment/get')
      .argument('[json]', 'its fields; id and expiresAt are added when missing', '{}'),
  )
    .option('--timeout <seconds>', 'how long to wait for the answer (default: 15)', wholeSeconds)
    .addHelpText(
      'after',
      '\nExit code: 0 for ok:true, 1 for ok:false, 75 without an answer.\n' +
        `Example: beacon-terminal send payment/get '{"orderId":"1001"}'`,
    )
    .action(async (command: string, json: string, flags: TerminalFlags & { timeout?: number }) => {
      const { sendCommand } = await import('./send.ts');
      const { terminalAddress } = await import('./terminal-address.ts');
      const options = { ...terminalAddress(flags, process.env), timeoutSeconds: flags.timeout };
      exitWith(await sendCommand(command, json, options, process.stdout, process.stderr));
    });
}

/** Before anything is read or connected to. */
async function checkAmount(amount: string): Promise<void> {
  const { parseAmount } = await import('./pay-amount.ts');
  if (parseAmount(amount) !== undefined) return;
  throw new TerminalError(
    'usage',
    `AMOUNT has exactly two decimals, such as 12.50 or 12,50; not ${amount}`,
  );
}

function wholeSeconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number of seconds.');
  }
  return Number(text);
}

function addConfigCommands(program: Command): void {
  const config = program.command('config').description('about the config file');
  config
    .command('check')
    .description('says what is wrong with a config file, line by line')
    .argument('<file>', 'the YAML file')
    .action(async (file: string) => {
      const { checkConfigCommand } = await import('./config.ts');
      checkConfigCommand(file, process.stdout);
    });
  config
    .command('schema')
    .description('prints the JSON Schema of the config file')
    .action(async () => {
      const { configSchemaCommand } = await import('./config.ts');
      configSchemaCommand(process.stdout);
    });
}
