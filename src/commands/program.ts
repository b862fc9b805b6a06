import { Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { version } from '../version.ts';

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

  withWorldFlags(
    program.command('simulator').description('the MobilePay PoS V10 simulator alone'),
  ).action(async (flags: WorldFlags) => {
    const { runSimulator } = await import('../simulator/command.ts');
    await runSimulator(flags);
    exitWith(exitCodes.done);
  });

  addConfigCommands(program);
  return program;
}

interface WorldFlags {
  port: number;
  mqttPort: number;
  apiPort: number;
  host: string;
  data?: string;
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
