import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import { configOf, type Data, put } from '../../config/load.ts';
import type { Config } from '../../config/resolve.ts';
import { type Credentials, readSecret, type SecretName } from '../../config/secrets.ts';
import { createPosV10 } from '../../mobilepay/pos-v10.ts';
import type { PaymentPlatform, Store } from '../../ports.ts';
import { version } from '../../version.ts';
import { type Answers, valueAt } from './answers.ts';
import { makeFolder, type Owner } from './durable-file.ts';
import type { Prompt } from './prompt.ts';
import { type GivenSecrets, loginOf } from './questions.ts';
import {
  brokerCaFileOf,
  exists,
  type SetupFiles,
  secretsDirFor,
  setupFilesOf,
} from './setup-files.ts';
import { newState, type ProvisionState, writeState } from './state-file.ts';

export interface ProvisionOptions {
  configFile: string;
  /** From a file or a row of a batch. Undefined: from the earlier try, or by asking. */
  given: Answers | undefined;
  /** Typed or read elsewhere; else what stands in the secrets folder or the environment. */
  secrets: GivenSecrets;
  /** What systemd hands the service: stays where it is, and goes before what is written. */
  credentials: Credentials;
  takeOver: boolean;
  dryRun: boolean;
  signCommand: string | undefined;
  /** PEM text of a certificate that was signed elsewhere. */
  signed: string | undefined;
  /** PEM text of the broker's certificate authority, to be kept beside the config. */
  brokerCa: string | undefined;
  /** Whom the service runs as. */
  user: string;
  /** The service to enable and start; null: none is touched. */
  unit: string | null;
  waitMs: number;
  /** A person to ask; undefined: nobody is there. */
  prompt: Prompt | undefined;
  say: (line: string) => void;
  env: NodeJS.ProcessEnv;
  /** Runs another subcommand to its end; undefined where there is no such one. */
  runSelf: (subcommand: string, ...args: string[]) => Promise<number | undefined>;
  /** How to go on after a stop. */
  goOn: string;
}

/** What the steps of one try share. */
export interface Job {
  readonly options: ProvisionOptions;
  readonly owner: Owner;
  readonly answers: Answers;
  state: ProvisionState;
  /** The merchant's, once MobilePay has listed them. */
  stores: readonly Store[];
  /** The file's data as it is to be written. */
  data(): Data;
  /** @throws TerminalError `config-invalid` with a line per thing to mend */
  config(): Config;
  files(): SetupFiles;
  secret(name: SecretName): string | undefined;
  /** Whether files differ from what ran before, so that the service must start anew. */
  changed: boolean;
  /** Whether an earlier try had got so far that the terminal may run by now. */
  readonly startedBefore: boolean;
  /** Whether a service was started, or runs. */
  serviceRuns: boolean;
  /** Whom an earlier boot of the terminal was: the state of this one is another's. */
  formerBootId: string | null;
  platform(): PaymentPlatform;
  /** Keeps how far it came. */
  keep(standing: ProvisionState['standing']): Promise<void>;
  close(): Promise<void>;
}

/** What the answers say, and what follows from them. */
function completed({ config, ...rest }: Answers, configFile: string): Data {
  const data = structuredClone(config);
  const secretsDir = secretsDirFor(configFile);
  if (data['secretsDir'] === undefined && secretsDir !== undefined) data['secretsDir'] = secretsDir;
  const terminalId = valueAt(data, ['terminal', 'id']);
  if (typeof terminalId !== 'string' || valueAt(data, ['mqtt']) === undefined) return data;
  const files = setupFilesOf(configFile, { secretsDir: secretsDirOf(data), terminalId });
  const login = loginOf({ config, ...rest });
  const cert = valueAt(data, ['mqtt', 'cert']);
  if (login === 'certificate' && cert === undefined) {
    put(data, ['mqtt', 'cert'], files.certificate);
    put(data, ['mqtt', 'key'], files.key);
  }
  if (login !== 'certificate' && cert === files.certificate) {
    put(data, ['mqtt', 'cert'], undefined);
    put(data, ['mqtt', 'key'], undefined);
  }
  if (login === 'password' && valueAt(data, ['mqtt', 'username']) === undefined) {
    put(data, ['mqtt', 'username'], terminalId);
  }
  return data;
}

const DEFAULT_SECRETS_DIR = '/etc/beacon-terminal/secrets';

function secretsDirOf(data: Data): string {
  const secretsDir = data['secretsDir'];
  return typeof secretsDir === 'string' ? secretsDir : DEFAULT_SECRETS_DIR;
}

export function createJob(
  options: ProvisionOptions,
  start: {
    answers: Answers;
    secrets: GivenSecrets;
    owner: Owner;
    earlier: ProvisionState | undefined;
  },
): Job {
  const { answers, secrets, owner, earlier } = start;
  let platform: PaymentPlatform | undefined;
  // One of the answers, so that it is known to whoever goes on from here.
  if (options.brokerCa !== undefined) {
    put(answers.config, ['mqtt', 'ca'], brokerCaFileOf(options.configFile));
  }

  function data(): Data {
    return completed(answers, options.configFile);
  }
  function config(): Config {
    return configOf(data());
  }
  const job: Job = {
    options,
    owner,
    answers,
    state: earlier ?? newState(answers),
    stores: [],
    changed: false,
    startedBefore: ['waiting-for-terminal', 'done'].includes(earlier?.standing ?? 'begun'),
    serviceRuns: false,
    formerBootId: null,
    data,
    config,
    files() {
      const { secretsDir, terminal } = config();
      return setupFilesOf(options.configFile, { secretsDir, terminalId: terminal.id });
    },
    secret: (name) =>
      secrets[name] ?? readSecret(name, secretsDirOf(data()), options.env, options.credentials),
    platform() {
      const { baseUrl, authUrl, clientId, merchantVat } = config().mobilepay;
      platform ??= createPosV10({
        baseUrl,
        authUrl,
        clientId,
        clientSecret: job.secret('mobilepay-client-secret') ?? '',
        merchantVat,
        version,
        logger: pino({ level: 'silent' }),
      });
      return platform;
    },
    async keep(standing) {
      job.state = { ...job.state, standing, answers: structuredClone(answers) };
      if (options.dryRun) return;
      const { state } = job.files();
      if (!exists(dirname(state))) await makeFolder(dirname(state), 0o755, null);
      await writeState(state, job.state, owner);
    },
    async close() {
      await platform?.close();
      platform = undefined;
    },
  };
  return job;
}

/** A file's text, or undefined where there is none. */
export function textOf(path: string): string | undefined {
  return exists(path) ? readFileSync(path, 'utf8') : undefined;
}
