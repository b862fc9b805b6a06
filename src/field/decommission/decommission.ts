import { readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { z } from 'zod';
import { remoteFileOf } from '../../config/remote-file.ts';
import type { Config } from '../../config/resolve.ts';
import { DEFAULT_CONFIG_FILE } from '../../config/schema.ts';
import { secretNames } from '../../config/secrets.ts';
import { tokenFileBeside } from '../../console/token.ts';
import { createPosV10 } from '../../mobilepay/pos-v10.ts';
import type { PaymentPlatform } from '../../ports.ts';
import { TerminalError } from '../../terminal-error.ts';
import { version } from '../../version.ts';
import { writeDurably } from '../provision/durable-file.ts';
import { type Place, watchTerminal } from '../provision/presence.ts';
import { errorOf, type Problem } from '../provision/problem.ts';
import type { GivenSecrets } from '../provision/questions.ts';
import {
  disable,
  enableAndRestart,
  hasUnit,
  isActive,
  start,
  stop,
  systemdRuns,
} from '../provision/service.ts';
import { exists, stateFileOf } from '../provision/setup-files.ts';
import { type OpenItem, openMoney, undelivered } from './open-money.ts';
import { retireCertificate } from './retire-certificate.ts';
import { retirePos } from './retire-pos.ts';
import { listOf, type Settling, settleAll } from './settle.ts';
import { wipeSecrets } from './wipe.ts';

export interface DecommissionOptions {
  configFile: string;
  config: Config;
  /** Read before the service is stopped: systemd may keep them for as long as it runs. */
  secrets: GivenSecrets;
  /** Undefined: only where nothing is open. */
  settling: Settling | undefined;
  revokeCommand: string | undefined;
  /** Another terminal sells on it now. */
  keepPos: boolean;
  unit: string | null;
  waitMs: number;
  dryRun: boolean;
  say: (line: string) => void;
}

const progressSchema = z.object({ version: z.literal(1), done: z.array(z.string()) });
type StepName = 'pos' | 'broker' | 'certificate';
const BROKER_PATIENCE_MS = 10_000;
/** More than one and a half keep-alives: then a broker takes a killed terminal for gone. */
const LAST_WILL_MS = 20_000;

/** `/etc/beacon-terminal/config.yaml` → `/etc/beacon-terminal/config.decommission.json` */
function progressFileOf(configFile: string): string {
  return stateFileOf(configFile).replace(/\.provision\.json$/, '.decommission.json');
}

/** What the config is called when its terminal is none any more. */
export function retiredConfig(configFile: string): string {
  return `${configFile}.decommissioned`;
}

/**
 * Takes a terminal out of service. The terminal itself settles what is open; only when nothing is,
 * by its journal and by MobilePay, its point of sale goes, then its certificate, then its secrets.
 * Given again, it goes on where it stopped. The journal stays.
 * @throws TerminalError for what stands in the way, with its remedy
 */
export async function decommission(options: DecommissionOptions): Promise<void> {
  const { config, say, dryRun } = options;
  const progress = progressOf(options.configFile);
  const steps: [string, StepName | null, () => Promise<string>][] = [
    ['open payments', null, () => settle(options, progress.has('pos'))],
    ['service', null, async () => stopService(options)],
    ['point of sale', 'pos', () => deletePos(options)],
    ['broker', 'broker', () => forgetAtBroker(options)],
    ['certificate', 'certificate', async () => revoke(options)],
    ['secrets', null, () => wipe(options)],
    ['config', null, () => retireConfig(options)],
  ];
  for (const [index, [title, name, run]] of steps.entries()) {
    const said = name !== null && progress.has(name) ? 'done before' : await run();
    say(`${index + 1}/${steps.length} ${title}: ${said}`);
    if (name !== null && !dryRun) await progress.add(name);
  }
  say(`The journal stays for the accounts: ${config.journal.path}`);
}

function progressOf(configFile: string) {
  const file = progressFileOf(configFile);
  const text = exists(file) ? readFileSync(file, 'utf8') : '{"version":1,"done":[]}';
  let finished: Set<string>;
  try {
    finished = new Set(progressSchema.parse(JSON.parse(text)).done);
  } catch (error) {
    const message = `${file} is damaged; remove it, and decommissioning begins anew`;
    throw new TerminalError('config-invalid', message, { cause: error });
  }
  return {
    has: (name: StepName) => finished.has(name),
    async add(name: StepName) {
      finished.add(name);
      const json = `${JSON.stringify({ version: 1, done: [...finished] }, null, 2)}\n`;
      await writeDurably(file, json, { mode: 0o644, owner: null });
    },
  };
}

function placeOf({ config, secrets }: DecommissionOptions): Place {
  const { url: urls, ...access } = config.mqtt;
  return { ...access, urls, terminalId: config.terminal.id, password: secrets['mqtt-password'] };
}

/** The service that systemd can start and stop here, or null. */
function managedUnit({ unit }: DecommissionOptions): string | null {
  return unit !== null && systemdRuns() && hasUnit(unit) ? unit : null;
}

async function settle(options: DecommissionOptions, posIsGone: boolean): Promise<string> {
  const { config, settling, dryRun, waitMs, say } = options;
  const open = openMoney(config.journal.path);
  if (open.length === 0) return `none${untold(config)}`;
  if (posIsGone) throw errorOf(tooLate(open));
  if (settling === undefined) throw errorOf(stillOpen(open));
  if (dryRun) return `would be settled first (${settling}):${listOf(open)}`;
  const unit = managedUnit(options);
  if (unit !== null && !isActive(unit)) {
    say(`      ${unit} is started, to settle what is open`);
    const failure = start(unit);
    if (failure !== null) throw errorOf(notStarted(unit, failure));
  }
  const { journal } = config;
  const place = placeOf(options);
  const problem = await settleAll({ journalPath: journal.path, place, settling, waitMs, say });
  if (problem !== undefined) throw errorOf(problem);
  return `all settled${untold(config)}`;
}

function untold({ journal }: Config): string {
  const count = undelivered(journal.path);
  return count === 0
    ? ''
    : `; ${count} events have not reached the register, and stay in the journal (beacon-terminal history)`;
}

function stillOpen(open: readonly OpenItem[]): Problem {
  return {
    code: 'not-permitted',
    what: `Money is not settled here:${listOf(open)}`,
    remedy:
      'Say how: --settle wait (the terminal finishes what it has begun), --settle capture or --settle cancel (also what is reserved).',
  };
}

/** Should not be: the point of sale goes last of all. */
function tooLate(open: readonly OpenItem[]): Problem {
  return {
    code: 'not-permitted',
    what: `The point of sale is deleted, and this is open:${listOf(open)}`,
    remedy: 'Give MobilePay’s support these orders; beacon-terminal explain ORDER has their ids.',
  };
}

function notStarted(unit: string, failure: string): Problem {
  return {
    code: 'unreachable',
    what: `${unit} does not start, and only the terminal can settle what is open: ${failure}`,
    remedy: `See why: journalctl -u ${unit} -n 50`,
  };
}

/** From here on nothing new is begun. It is not started again at the next boot either. */
function stopService(options: DecommissionOptions): string {
  const unit = managedUnit(options);
  if (unit === null) return 'none here; a terminal that runs must be stopped';
  if (options.dryRun) return `would run: systemctl stop ${unit}; systemctl disable ${unit}`;
  const failure = stop(unit) ?? disable(unit);
  if (failure === null) return `${unit} stopped and disabled`;
  throw errorOf({
    code: 'unreachable',
    what: `${unit} cannot be stopped: ${failure}`,
    remedy: 'Run it as root (sudo).',
  });
}

async function deletePos(options: DecommissionOptions): Promise<string> {
  const { config, keepPos, dryRun } = options;
  const { merchantPosId } = config.pos;
  if (keepPos) return `${merchantPosId} stays, for the terminal that has it now`;
  if (dryRun) return `would delete ${merchantPosId} at MobilePay, if no payment lies on it`;
  const other = await anotherOnline(options);
  if (other !== null) throw errorOf(other);
  const platform = platformOf(options);
  try {
    for (;;) {
      const retired = await retirePos(config, platform);
      switch (retired.kind) {
        case 'deleted':
          return `${merchantPosId} deleted (${retired.posId})`;
        case 'gone-already':
          return `${merchantPosId} is not there any more`;
        case 'problem':
          throw errorOf(retired.problem);
        case 'open-again':
          await settleOnceMore(options);
      }
    }
  } finally {
    await platform.close();
  }
}

/** A payment was begun just before the stop: whoever is to settle it must run. */
async function settleOnceMore(options: DecommissionOptions): Promise<void> {
  const unit = managedUnit(options);
  const failure = unit === null ? null : enableAndRestart(unit);
  if (unit !== null && failure !== null) throw errorOf(notStarted(unit, failure));
  await settle(options, false);
  stopService(options);
}

function platformOf({ config, secrets }: DecommissionOptions): PaymentPlatform {
  const { baseUrl, authUrl, clientId, merchantVat } = config.mobilepay;
  const clientSecret = secrets['mobilepay-client-secret'];
  if (clientSecret === undefined) {
    throw errorOf({
      code: 'config-invalid',
      what: 'The client secret for MobilePay is not here, and the point of sale still is.',
      remedy: 'Give it with --client-secret-file FILE (- for stdin).',
    });
  }
  return createPosV10({
    baseUrl,
    authUrl,
    clientId,
    clientSecret,
    merchantVat,
    version,
    logger: pino({ level: 'silent' }),
  });
}

/** This terminal is stopped: whoever is online under its name has taken its place. */
async function anotherOnline(options: DecommissionOptions): Promise<Problem | null> {
  const { say, config } = options;
  const watch = watchTerminal(placeOf(options));
  try {
    const known = await watch.until(() => true, BROKER_PATIENCE_MS);
    if (!known) say(`      note: the broker cannot be asked (${watch.trouble() ?? 'no answer'})`);
    // A terminal that was just stopped says so at once; its last will may take a moment.
    if (!known || (await watch.until((state) => state?.online !== true, LAST_WILL_MS))) {
      return null;
    }
    return {
      code: 'not-permitted',
      what: `A terminal is online at the broker as ${config.terminal.id}.`,
      remedy:
        'If it is this one, stop it. If another has taken its place, say --keep-pos: the point of sale is that one’s now.',
    };
  } finally {
    await watch.close();
  }
}

/** Nobody shall take it for one that is to come back. The newcomer's topics are its own. */
async function forgetAtBroker(options: DecommissionOptions): Promise<string> {
  if (options.keepPos) return 'what is retained there stays, for the same reason';
  if (options.dryRun) return 'would empty its retained topics';
  const watch = watchTerminal(placeOf(options));
  try {
    await watch.until(() => true, BROKER_PATIENCE_MS);
    const names = ['state', 'info', 'config/reported'] as const;
    return (await watch.forget(names))
      ? 'its retained topics are emptied'
      : `not reached; its retained topics (${names.join(', ')}) stay until somebody empties them`;
  } finally {
    await watch.close();
  }
}

function revoke({ config, revokeCommand, dryRun }: DecommissionOptions): string {
  if (dryRun) return 'would be revoked, or named to be';
  const retired = retireCertificate(config.mqtt.cert, revokeCommand);
  if (retired.kind === 'problem') throw errorOf(retired.problem);
  return retired.said;
}

/** Where the service's unit finds them, beside the folder of the config. */
const CREDENTIAL_STORES = ['/etc/credstore', '/etc/credstore.encrypted'];

async function wipe({ config, configFile, dryRun }: DecommissionOptions): Promise<string> {
  const { secretsDir, mqtt, journal } = config;
  const usual = configFile === DEFAULT_CONFIG_FILE ? CREDENTIAL_STORES : [];
  const files = [
    ...secretNames.map((name) => join(secretsDir, name)),
    ...usual.flatMap((store) => secretNames.map((name) => join(store, `beacon-terminal.${name}`))),
    ...(mqtt.key === undefined ? [] : [mqtt.key]),
    tokenFileBeside(journal.path),
  ];
  const there = files.filter(exists);
  if (dryRun) return `would be overwritten and removed: ${there.join(', ') || 'none is there'}`;
  const wiped = await wipeSecrets(there, secretsDir);
  if (wiped.length === 0) return 'none is there';
  return `overwritten and removed: ${wiped.join(', ')}. A memory card may keep old copies: destroy it, or have the client secret changed, if it is lost`;
}

async function retireConfig({ config, configFile, dryRun }: DecommissionOptions): Promise<string> {
  const name = retiredConfig(configFile);
  if (dryRun) return `would be renamed to ${name}`;
  // What came over MQTT was meant for this merchant.
  await rm(remoteFileOf(config.journal.path), { force: true });
  await rename(configFile, name);
  await rm(stateFileOf(configFile), { force: true });
  await rm(progressFileOf(configFile), { force: true });
  return `renamed to ${name}`;
}
