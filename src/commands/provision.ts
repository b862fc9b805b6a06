import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_CONFIG_FILE } from '../config/schema.ts';
import { checkedSecret } from '../config/secrets.ts';
import { exitCodes } from '../exit-codes.ts';
import {
  type Answers,
  answersFromCsv,
  answersFromYaml,
  mergedAnswers,
} from '../field/provision/answers.ts';
import { openPrompt, PromptEnded } from '../field/provision/prompt.ts';
import { type ProvisionEnding, provision } from '../field/provision/provision.ts';
import type { GivenSecrets } from '../field/provision/questions.ts';
import { SERVICE_UNIT } from '../field/provision/service.ts';
import { credentialsOf } from '../field/service-credentials.ts';
import { TerminalError } from '../terminal-error.ts';

export interface ProvisionFlags {
  config?: string;
  from?: string;
  csv?: string;
  row?: string;
  clientSecretFile?: string;
  mqttPasswordFile?: string;
  brokerCa?: string;
  signCommand?: string;
  certificate?: string;
  takeOver: boolean;
  resume: boolean;
  user: string;
  service?: string | false;
  wait: number;
  dryRun: boolean;
}

/** @throws TerminalError naming the flag, never what was read */
function readGiven(flag: string, file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TerminalError('usage', `${flag}: ${file} cannot be read (${code})`, { cause: error });
  }
}

function givenAnswers({ from, csv, row }: ProvisionFlags): Answers | undefined {
  const base = from === undefined ? undefined : answersFromYaml(readGiven('--from', from), from);
  if ((csv === undefined) !== (row === undefined)) {
    throw new TerminalError('usage', '--csv FILE and --row ID belong together');
  }
  if (csv === undefined || row === undefined) return base;
  const over = answersFromCsv(readGiven('--csv', csv), row, csv);
  return base === undefined ? over : mergedAnswers(base, over);
}

/** Where both come on stdin, the client secret is the first line and the password the second. */
export function givenSecrets({
  clientSecretFile,
  mqttPasswordFile,
}: Pick<ProvisionFlags, 'clientSecretFile' | 'mqttPasswordFile'>): GivenSecrets {
  let lines: string[] | undefined;
  const read = (flag: string, file: string) => {
    if (file !== '-') return checkedSecret(readGiven(flag, file), `${flag} ${file}`);
    lines ??= readGiven(flag, '-').split(/\r?\n/);
    return checkedSecret(lines.shift() ?? '', `${flag} - (a line of stdin)`);
  };
  const secrets: GivenSecrets = {};
  if (clientSecretFile !== undefined) {
    secrets['mobilepay-client-secret'] = read('--client-secret-file', clientSecretFile);
  }
  if (mqttPasswordFile !== undefined) {
    secrets['mqtt-password'] = read('--mqtt-password-file', mqttPasswordFile);
  }
  return secrets;
}

/** A service of the machine reads the usual file; another file's terminal is nobody's service. */
export function unitFor(service: string | false | undefined, configFile: string): string | null {
  if (service === false) return null;
  return service ?? (configFile === DEFAULT_CONFIG_FILE ? SERVICE_UNIT : null);
}

/** Runs another subcommand of this program, its output going where ours goes. */
function runSelf(subcommands: readonly string[]) {
  return (subcommand: string, ...args: string[]): Promise<number | undefined> => {
    const [, main] = process.argv;
    if (!subcommands.includes(subcommand) || main === undefined) return Promise.resolve(undefined);
    const child = spawn(process.execPath, [main, subcommand, ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return new Promise((settle, reject) => {
      child.on('error', reject);
      child.on('close', (code) => settle(code ?? exitCodes.internal));
    });
  };
}

const exitCodeOfEnding: Record<ProvisionEnding, number> = {
  done: exitCodes.done,
  waiting: exitCodes.unknown,
  'checks-failed': exitCodes.declined,
};

/**
 * `provision`: makes a terminal of this machine.
 * @returns 0 done, 75 when something has to be waited for, 1 when `doctor` found something
 * @throws TerminalError for whatever stands in the way, with its remedy
 */
export async function provisionCommand(
  flags: ProvisionFlags,
  subcommands: readonly string[],
): Promise<number> {
  const configFile = resolve(flags.config ?? DEFAULT_CONFIG_FILE);
  const given = givenAnswers(flags);
  const secrets = givenSecrets(flags);
  const { certificate, brokerCa, service } = flags;
  const signed = certificate && readGiven('--certificate', certificate);
  const asks = given === undefined && !flags.resume && process.stdin.isTTY;
  const prompt = asks ? openPrompt() : undefined;
  const config = flags.config === undefined ? '' : ` --config ${flags.config}`;
  try {
    const ending = await provision({
      configFile,
      given,
      secrets,
      credentials: credentialsOf(configFile, process.env),
      takeOver: flags.takeOver,
      dryRun: flags.dryRun,
      signCommand: flags.signCommand,
      signed,
      brokerCa: brokerCa && readGiven('--broker-ca', brokerCa),
      user: flags.user,
      unit: unitFor(service, configFile),
      waitMs: flags.wait * 1000,
      prompt,
      say: (line) => process.stdout.write(`${line}\n`),
      env: process.env,
      runSelf: runSelf(subcommands),
      goOn: `beacon-terminal provision${config} --resume`,
    });
    return exitCodeOfEnding[ending];
  } catch (error) {
    if (!(error instanceof PromptEnded)) throw error;
    process.stderr.write('\nInterrupted. The same command goes on from here.\n');
    return exitCodes.unknown;
  } finally {
    prompt?.close();
  }
}
