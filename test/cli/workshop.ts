import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import type { Result } from './beacon-terminal.ts';

/** What the tests of provisioning need: mosquitto, openssl, bash and python3. */
export const workshopMissing =
  !mosquittoAvailable ||
  ['openssl', 'bash', 'python3'].some(
    (tool) => spawnSync(tool, [tool === 'openssl' ? 'version' : '--version']).status !== 0,
  );

const brokerCa = resolve('scripts/broker-ca');

/** A technician's bench: MobilePay, a broker with TLS and client certificates, a machine. */
export interface Workshop {
  folder: string;
  /** Where the config of the terminal goes. */
  config: string;
  mobilePay: Simulator;
  broker: Mosquitto;
  brokerUrl: string;
  /** The shop's authority, as scripts/broker-ca made it. */
  ca: string;
  signCommand: string;
  /** A file with MobilePay's client secret. */
  secretFile: string;
  /** Environment of a machine whose systemd runs the terminal. */
  env: NodeJS.ProcessEnv;
  /** A file of answers; `over` replaces whole sections. */
  answers(over?: Record<string, unknown>): string;
  /** `killAt`: the power is cut as soon as this has been printed. */
  run(
    args: string[],
    options?: { input?: string; env?: NodeJS.ProcessEnv; killAt?: string },
  ): Promise<Result>;
  /** Everything that any command has printed, and what systemctl and the service were given. */
  everythingSaid(): string;
  systemctl(...args: string[]): number | null;
  /** What a shell command prints. */
  shell(command: string): string;
  close(): Promise<void>;
}

export async function openWorkshop(options: Partial<SimulatorOptions> = {}): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-workshop-'));
  const machine = join(folder, 'machine');
  const bin = join(folder, 'bin');
  mkdirSync(machine);
  mkdirSync(bin);
  copyFileSync('test/cli/systemctl', join(bin, 'systemctl'));
  const ca = join(folder, 'ca');
  for (const args of [['init'], ['server', 'localhost', '127.0.0.1']]) {
    execFileSync(brokerCa, ['--dir', ca, ...args], { stdio: 'pipe' });
  }
  const broker = await startMosquitto(`allow_anonymous false
cafile ${ca}/ca.pem
crlfile ${ca}/crl.pem
certfile ${ca}/server.pem
keyfile ${ca}/server.key
require_certificate true
use_identity_as_username true
acl_file ${resolve('docs/broker/beacon.acl')}`);
  const mobilePay = await startSimulator({
    host: '127.0.0.1',
    port: 0,
    pollDelayMs: 50,
    ...options,
  });
  const secretFile = join(folder, 'given-secret');
  writeFileSync(secretFile, `${DEMO_CLIENT_SECRET}\n`, { mode: 0o600 });
  const config = join(folder, 'etc/config.yaml');
  const env = {
    PATH: `${bin}:${process.env['PATH']}`,
    FAKE_SYSTEMD: machine,
    FAKE_NODE: process.execPath,
    FAKE_CONFIG: config,
  };
  const brokerUrl = `mqtts://localhost:${broker.port}`;
  let said = '';
  let files = 0;

  const workshop: Workshop = {
    folder,
    config,
    mobilePay,
    broker,
    brokerUrl,
    ca,
    signCommand: `${brokerCa} --dir ${ca} sign`,
    secretFile,
    env,
    answers(over = {}) {
      files += 1;
      const file = join(folder, `answers-${files}.yaml`);
      const all = {
        terminal: { id: 'till-1' },
        mqtt: { url: brokerUrl, ca: join(ca, 'ca.pem') },
        mobilepay: {
          baseUrl: mobilePay.url,
          clientId: DEMO_CLIENT_ID,
          merchantVat: DEMO_VAT,
        },
        pos: { name: 'Kasse 1' },
        journal: { path: join(folder, 'journal.db') },
        ...over,
      };
      writeFileSync(file, stringify(all));
      return file;
    },
    run(args, { input = '', env: over = {}, killAt } = {}) {
      const child = spawn(process.execPath, ['dist/main.js', ...args], {
        env: { ...env, ...over },
      });
      const result: Result = { code: null, stdout: '', stderr: '' };
      child.stdout.on('data', (chunk: Buffer) => {
        result.stdout += chunk.toString();
        if (killAt !== undefined && result.stdout.includes(killAt)) child.kill('SIGKILL');
      });
      child.stderr.on('data', (chunk: Buffer) => {
        result.stderr += chunk.toString();
      });
      child.stdin.end(input);
      return new Promise((settle, reject) => {
        child.on('error', reject);
        child.on('close', (code) => {
          said += result.stdout + result.stderr;
          settle({ ...result, code });
        });
      });
    },
    everythingSaid() {
      const left = ['systemctl.log', 'service.out', 'service.err'].map((name) => {
        const path = join(machine, name);
        return existsSync(path) ? readFileSync(path, 'utf8') : '';
      });
      return [said, ...left].join('\n');
    },
    systemctl: (...args) => spawnSync(join(bin, 'systemctl'), args, { env }).status,
    shell: (command) => execFileSync('bash', ['-c', command], { encoding: 'utf8' }),
    async close() {
      workshop.systemctl('stop');
      await mobilePay.close();
      await broker.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return workshop;
}

/** Every file under a folder, with its mode; an absent folder has none. */
export function filesUnder(folder: string): { path: string; mode: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((path) => {
      const { mode } = statSync(join(folder, path));
      return { path, mode: (mode & 0o777).toString(8) };
    });
}
