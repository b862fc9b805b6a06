import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/resolve.ts';
import { DEFAULT_CONFIG_FILE } from '../config/schema.ts';
import { readSecret, type SecretName, secretNames } from '../config/secrets.ts';
import { exitCodes } from '../exit-codes.ts';
import { decommission, retiredConfig } from '../field/decommission/decommission.ts';
import { type Settling, settlings } from '../field/decommission/settle.ts';
import { openPrompt, PromptEnded } from '../field/provision/prompt.ts';
import type { GivenSecrets } from '../field/provision/questions.ts';
import { credentialsOf } from '../field/service-credentials.ts';
import { TerminalError } from '../terminal-error.ts';
import { givenSecrets, unitFor } from './provision.ts';

export interface DecommissionFlags {
  config?: string;
  settle?: string;
  clientSecretFile?: string;
  revokeCommand?: string;
  keepPos: boolean;
  service?: string | false;
  wait: number;
  yes: boolean;
  dryRun: boolean;
}

function settlingOf(text: string | undefined): Settling | undefined {
  const settling = settlings.find((each) => each === text);
  if (settling === undefined && text !== undefined) {
    throw new TerminalError('usage', `--settle: "${text}" is none of ${settlings.join(', ')}`);
  }
  return settling;
}

/** @throws TerminalError `usage` where nobody is there to be asked */
async function isMeant(terminalId: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new TerminalError('usage', `Say --yes to take ${terminalId} out of service.`);
  }
  const prompt = openPrompt();
  try {
    const answer = await prompt.ask(`Out of service for good: type ${terminalId} to go on`);
    return answer === terminalId;
  } catch (error) {
    if (!(error instanceof PromptEnded)) throw error;
    return false;
  } finally {
    prompt.close();
  }
}

/** What is not given comes from where the terminal has it. */
function allSecrets(given: GivenSecrets, { secretsDir }: Config, configFile: string): GivenSecrets {
  const credentials = credentialsOf(configFile, process.env);
  const read = (name: SecretName) => readSecret(name, secretsDir, process.env, credentials);
  return Object.fromEntries(secretNames.map((name) => [name, given[name] ?? read(name)]));
}

/**
 * `decommission`: takes this machine's terminal out of service.
 * @returns 0 done, 1 when nobody meant it
 * @throws TerminalError for what stands in the way, with its remedy; 77 where money is not settled
 */
export async function decommissionCommand(flags: DecommissionFlags): Promise<number> {
  const settling = settlingOf(flags.settle);
  const configFile = resolve(flags.config ?? DEFAULT_CONFIG_FILE);
  if (!existsSync(configFile) && existsSync(retiredConfig(configFile))) {
    process.stdout.write(`Out of service already: ${retiredConfig(configFile)}\n`);
    return exitCodes.done;
  }
  const config = loadConfig(configFile, process.env);
  const secrets = allSecrets(givenSecrets(flags), config, configFile);
  if (!flags.yes && !flags.dryRun && !(await isMeant(config.terminal.id))) {
    process.stderr.write('Nothing was changed.\n');
    return exitCodes.declined;
  }
  await decommission({
    configFile,
    config,
    secrets,
    settling,
    revokeCommand: flags.revokeCommand,
    keepPos: flags.keepPos,
    unit: unitFor(flags.service, configFile),
    waitMs: flags.wait * 1000,
    dryRun: flags.dryRun,
    say: (line) => process.stdout.write(`${line}\n`),
  });
  return exitCodes.done;
}
