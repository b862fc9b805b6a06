import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_LOCATION_ID,
  DEMO_PHONE_NUMBER,
  demoClient,
} from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { beaconTerminal } from './beacon-terminal.ts';

const missing = !mosquittoAvailable || spawnSync('mosquitto_passwd', ['-h']).error !== undefined;
const BEACON_ID = '123456789012345';
const CLIENT_SECRET = 'planted-client-secret-7f3a';
const WRONG_SECRET = 'planted-wrong-secret-51cc';
const MQTT_PASSWORD = 'planted-mqtt-password-9b1e';
const LOYALTY_ID = 'planted-loyalty-id-2d44';
const patience = { timeout: 60_000 };

/** Stands between the terminal and MobilePay, and keeps what authorises the calls. */
async function listeningIn(to: string, heard: Set<string>): Promise<Server> {
  const server = createServer((asked, answer) => {
    const { headers, method, url = '' } = asked;
    const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
    if (token !== undefined) heard.add(token);
    const onward = request(new URL(url, to), { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    // A cut line towards MobilePay is one towards the terminal.
    onward.on('error', () => asked.socket.destroy());
    asked.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Command lines and environments of a process and all that it starts, as `ps` and root see them. */
function watchProcesses(root: () => number | undefined) {
  const seen = new Map<string, string>();
  const names = new Set<string>();
  const look = () => {
    const top = root();
    if (top === undefined) return;
    for (const pid of [top, ...descendantsOf(top)]) {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        seen.set(`${pid} ${commandLine}`, readFileSync(`/proc/${pid}/environ`, 'utf8'));
        names.add(readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
      } catch {
        // It has ended in between.
      }
    }
  };
  const timer = setInterval(look, 20);
  return { stop: () => clearInterval(timer), text: () => JSON.stringify([...seen]), names };
}

function descendantsOf(pid: number): number[] {
  let children: number[] = [];
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    children = text.split(' ').filter(Boolean).map(Number);
  } catch {
    // It has ended.
  }
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function filesUnder(folder: string): { path: string; mode: number }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => ({ path, status: statSync(join(folder, path)) }))
    .filter(({ status }) => status.isFile())
    .map(({ path, status }) => ({ path, mode: status.mode & 0o777 }));
}

describe.skipIf(missing && !process.env['CI'])(
  'secrets that were planted (needs mosquitto and mosquitto_passwd)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-planted-'));
    const config = join(folder, 'etc/config.yaml');
    const state = join(folder, 'state');
    const scratch = join(folder, 'tmp');
    /** All that any process has said. */
    const said: string[] = [];
    const tokens = new Set<string>();
    let broker: Mosquitto;
    let mobilePay: Simulator;
    let listener: Server;
    let terminal: ChildProcess;
    let address: string;
    const processes = watchProcesses(() => terminal?.pid);

    /** As somebody may start it in a shell: with the usual umask, and cores as large as they like. */
    function start(): void {
      address = '';
      const command = [process.execPath, resolve('dist/main.js'), 'run', '--config', config];
      terminal = spawn(
        'sh',
        ['-c', 'umask 022; ulimit -c "$(ulimit -H -c)"; exec "$@"', 'sh', ...command],
        {
          // Where a core would be written.
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { PATH: process.env['PATH'], TMPDIR: scratch },
        },
      );
      const lines = createInterface({ input: terminal.stdout as NodeJS.ReadableStream });
      lines.on('line', (line) => {
        said.push(line);
        address = (JSON.parse(line) as { console: string }).console;
      });
      terminal.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
    }
    const ready = () => vi.waitFor(() => expect(address).not.toBe(''), patience);
    const hears = (words: RegExp) =>
      vi.waitFor(() => expect(said.some((each) => words.test(each))).toBe(true), patience);
    async function end(signal: NodeJS.Signals): Promise<void> {
      const exited = once(terminal, 'exit');
      terminal.kill(signal);
      await exited;
    }
    async function run(...args: string[]): Promise<number | null> {
      const done = await beaconTerminal([...args, '--config', config], { TMPDIR: scratch });
      said.push(done.stdout, done.stderr);
      return done.code;
    }
    async function pay(order: string, decide: () => void): Promise<number | null> {
      const before = mobilePay.payments().length;
      const paid = run('pay', '12.50', '--order', order);
      await vi.waitFor(() => expect(mobilePay.payments()).toHaveLength(before + 1), patience);
      mobilePay.phone.checkIn(BEACON_ID, DEMO_PHONE_NUMBER, [LOYALTY_ID]);
      await vi.waitFor(decide, patience);
      return paid;
    }
    const plant = (name: string, secret: string) =>
      writeFileSync(join(folder, 'etc/secrets', name), `${secret}\n`, { mode: 0o600 });
    const customerTokens = () =>
      mobilePay.payments().flatMap(({ customer }) => (customer ? [customer.customerToken] : []));

    /** Nothing of what was planted, and none of what MobilePay gave out. */
    function expectClean(text: string, where: string): void {
      const secrets = [CLIENT_SECRET, WRONG_SECRET, MQTT_PASSWORD, ...tokens];
      const personal = [LOYALTY_ID, DEMO_PHONE_NUMBER, ...customerTokens()];
      for (const secret of [...secrets, ...personal]) {
        const wordings = [
          secret,
          encodeURIComponent(secret),
          Buffer.from(secret).toString('base64'),
        ];
        for (const wording of wordings) {
          const at = text.indexOf(wording);
          const around = at < 0 ? '' : text.slice(Math.max(0, at - 200), at + 100);
          expect([where, around]).toEqual([where, '']);
        }
      }
    }

    beforeAll(async () => {
      for (const name of ['etc/secrets', 'state', 'tmp']) {
        mkdirSync(join(folder, name), { recursive: true });
      }
      const passwords = join(folder, 'passwords');
      execFileSync('mosquitto_passwd', ['-b', '-c', passwords, 'till-7', MQTT_PASSWORD]);
      execFileSync('mosquitto_passwd', ['-b', passwords, 'support', 'support']);
      broker = await startMosquitto(`allow_anonymous false\npassword_file ${passwords}`);
      mobilePay = await startSimulator({
        host: '127.0.0.1',
        port: 0,
        pollDelayMs: 50,
        clients: [{ ...demoClient, clientSecret: CLIENT_SECRET }],
      });
      listener = await listeningIn(mobilePay.url, tokens);
      plant('mobilepay-client-secret', CLIENT_SECRET);
      plant('mqtt-password', MQTT_PASSWORD);
      const { port } = listener.address() as AddressInfo;
      writeFileSync(
        config,
        stringify({
          terminal: { id: 'till-7' },
          secretsDir: join(folder, 'etc/secrets'),
          mqtt: { url: broker.url, username: 'till-7' },
          mobilepay: {
            baseUrl: `http://127.0.0.1:${port}`,
            clientId: DEMO_CLIENT_ID,
            merchantVat: demoClient.merchantVats[0],
          },
          pos: {
            merchantBrandId: DEMO_BRAND_ID,
            merchantLocationId: DEMO_LOCATION_ID,
            name: 'Kasse 7',
            beaconId: BEACON_ID,
          },
          console: { port: 0 },
          journal: { path: join(state, 'journal.db') },
          log: { level: 'trace' },
        }),
      );
      start();
      await ready();
    });
    afterAll(async () => {
      processes.stop();
      terminal?.kill('SIGKILL');
      listener?.close();
      await mobilePay?.close();
      await broker?.destroy();
      rmSync(folder, { recursive: true });
    });

    it('are used: sales, refusals, outages, tools, a kill and wrong secrets', async () => {
      expect(await pay('A1', () => mobilePay.phone.accept(BEACON_ID))).toBe(0);
      expect(await pay('A2', () => mobilePay.phone.refuse(BEACON_ID))).toBe(1);
      // Tokens are refused in the middle, and the line is cut: both are logged as errors.
      mobilePay.revokeTokens();
      expect(await pay('A3', () => mobilePay.phone.accept(BEACON_ID))).toBe(0);
      mobilePay.setNetwork('cut');
      const long = { expiresAt: new Date(Date.now() + 3_000_000), customerTimeoutSeconds: 3000 };
      const amount = { currency: 'DKK', value: 500 };
      await run('send', 'payment/start', JSON.stringify({ orderId: 'A4', amount, ...long }));
      await hears(/api-unreachable/);
      await run('doctor', '--json');
      // The power fails while it is not known what became of the payment.
      await end('SIGKILL');
      mobilePay.setNetwork('up');
      start();
      await vi.waitFor(() => expect(mobilePay.payments()).toHaveLength(4), patience);
      mobilePay.phone.checkIn(BEACON_ID);
      await vi.waitFor(() => mobilePay.phone.refuse(BEACON_ID), patience);
      await ready();
      await run('send', 'terminal/diagnose', '{}');
      for (const tool of [['doctor'], ['status'], ['history'], ['explain', 'A1']])
        await run(...tool);
      await run('report', new Date().toISOString().slice(0, 10));

      const told = await Promise.all(
        ['/metrics', '/readyz', '/'].map(async (path) => (await fetch(address + path)).text()),
      );
      const events = await fetch(`${address}/events`);
      const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
      told.push((await reader?.read())?.value ?? '');
      await reader?.cancel();
      expect(told.join('')).toContain('A1');
      expectClean(told.join(''), 'the console');

      await end('SIGTERM');
      plant('mobilepay-client-secret', WRONG_SECRET);
      start();
      await hears(/credentials-refused/);
      await run('doctor');
      expect(readFileSync(`/proc/${terminal.pid}/limits`, 'utf8')).toMatch(
        /^Max core file size +0 /m,
      );
      await end('SIGABRT');
      plant('mobilepay-client-secret', CLIENT_SECRET);
      plant('mqtt-password', WRONG_SECRET);
      start();
      await hears(/not authori[sz]ed/i);
      await run('doctor');
      await end('SIGTERM');
      // All this has really been under way, or the search below would prove nothing.
      expect(tokens.size).toBeGreaterThan(1);
      expect(customerTokens().length).toBeGreaterThan(1);
    }, 300_000);

    it('are in nothing that was printed or logged', () => {
      const everything = said.join('\n');
      expect(everything).toContain('A1');
      expectClean(everything, 'output and log');
    });

    it('are in no command line and no environment', () => {
      expect(processes.text()).toContain('dist/main.js');
      expectClean(processes.text(), 'ps and environ');
    });

    it('are in no retained message', async () => {
      const { port } = new URL(broker.url);
      const support = await connectAsync(`mqtt://127.0.0.1:${port}`, {
        username: 'support',
        password: 'support',
      });
      const retained: string[] = [];
      support.on('message', (topic, payload, packet) => {
        if (packet.retain) retained.push(`${topic} ${payload.toString()}`);
      });
      await support.subscribeAsync('#', { qos: 1 });
      await vi.waitFor(() => expect(retained.join('')).toContain('/info'), patience);
      await support.endAsync();
      expect(retained.join('')).toContain('/state');
      expectClean(retained.join('\n'), 'retained messages');
    });

    it('are in no file but those that are theirs, and leave no core and no temporary file', () => {
      // A customer's token is the register's, who may ask for it: it stands in the journal, for 30 days.
      const journal = readdirSync(state)
        .filter((name) => name.startsWith('journal.db'))
        .map((name) => readFileSync(join(state, name), 'latin1'))
        .join('');
      expect(journal).toContain(customerTokens()[0]);
      for (const secret of [CLIENT_SECRET, WRONG_SECRET, MQTT_PASSWORD, ...tokens]) {
        expect(journal).not.toContain(secret);
      }
      const others = filesUnder(folder).filter(
        ({ path }) => !/^(etc\/secrets|state\/journal\.db)/.test(path),
      );
      for (const { path } of others) {
        expectClean(readFileSync(join(folder, path), 'latin1'), path);
      }
      expect(readdirSync(scratch)).toEqual([]);
      expect(
        filesUnder(folder).filter(({ path }) => /core|report\..*json|heap/.test(path)),
      ).toEqual([]);
    });

    it('lie, with the journal, in files that only their owner may read, whatever the umask', () => {
      const modes = filesUnder(folder).filter(({ path }) => /^(state|etc\/secrets)\//.test(path));
      expect(modes.map(({ path }) => path)).toEqual(
        expect.arrayContaining(['state/journal.db', 'state/console-token']),
      );
      for (const { path, mode } of modes) expect([path, mode.toString(8)]).toEqual([path, '600']);
    });
  },
);
