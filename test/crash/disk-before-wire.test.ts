import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { isDone } from './play.ts';
import { cancelledSale, People, type Scenario, sale } from './scenario.ts';
import { Shop, Street } from './shop.ts';

const straceAvailable = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const missing = (!mosquittoAvailable || !straceAvailable) && process.env['CI'] === undefined;

/** One system call of the thread that does everything. */
interface Step {
  kind: 'write to the journal' | 'journal synced' | 'send';
  text: string;
}

/**
 * SIGKILL leaves the page cache, so only the kernel can tell whether a commit was on the disk when
 * a request left.
 */
describe.skipIf(missing)('the disk comes before the wire (needs mosquitto and strace)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-strace-'));
  let broker: Mosquitto;
  let street: Street;
  beforeAll(async () => {
    broker = await startMosquitto();
    street = await Street.open(broker.url);
  });
  afterAll(async () => {
    await street?.close();
    await broker?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  async function stepsOf(scenario: Scenario): Promise<Step[]> {
    const trace = join(folder, `${scenario.name.replaceAll(' ', '-')}.strace`);
    const calls = 'fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg';
    const shop = await Shop.open(street, {
      wrapper: ['strace', '-D', '-f', '-yy', '-s', '8192', '-o', trace, '-e', `trace=${calls}`],
    });
    try {
      const people = new People(shop);
      shop.onTick = () => scenario.act(people);
      shop.terminal.start();
      await shop.until('the end of the sale', () => isDone(shop), 40_000);
      await shop.terminal.kill();
      return parse(readFileSync(trace, 'latin1'), Number(new URL(street.simulator.url).port));
    } finally {
      await shop.close();
    }
  }

  it('syncs the journal before each create and each capture leaves', async () => {
    const steps = await stepsOf(sale);
    const create = sendOf(steps, /^POST \/pos\/v10\/payments HTTP/);
    const key = /idempotency-key: ([\w-]+)/i.exec(create.text)?.[1];
    expect(key).toBeDefined();
    expect(syncedBefore(steps, create)).toContain(key);
    const capture = sendOf(steps, /^POST \/pos\/v10\/payments\/[^/]+\/capture HTTP/);
    expect(syncedBefore(steps, create)).not.toContain('Reserved');
    expect(syncedBefore(steps, capture)).toContain('Reserved');
  });

  it('syncs the journal before a cancel leaves', async () => {
    const steps = await stepsOf(cancelledSale);
    const create = sendOf(steps, /^POST \/pos\/v10\/payments HTTP/);
    const cancel = sendOf(steps, /^POST \/pos\/v10\/payments\/[^/]+\/cancel HTTP/);
    expect(syncedBefore(steps, create)).not.toContain('cancelIntended');
    expect(syncedBefore(steps, cancel)).toContain('cancelIntended');
  });
});

function parse(trace: string, apiPort: number): Step[] {
  const steps: Step[] = [];
  const mainThread = trace.slice(0, trace.indexOf(' '));
  for (const line of trace.split('\n')) {
    const [thread, call = ''] = line.split(/ +(.*)/s);
    if (thread !== mainThread) continue;
    if (/^pwrite64\(\d+<[^>]*journal\.db(-wal)?>/.test(call)) {
      steps.push({ kind: 'write to the journal', text: call });
    } else if (/^f(data)?sync\(\d+<[^>]*journal\.db(-wal)?>\) += 0/.test(call)) {
      steps.push({ kind: 'journal synced', text: call });
    } else if (call.includes(`->127.0.0.1:${apiPort}]>`)) {
      const text = /"(.*)"/s.exec(call)?.[1] ?? '';
      steps.push({ kind: 'send', text: text.replaceAll('\\r\\n', '\r\n') });
    }
  }
  return steps;
}

function sendOf(steps: readonly Step[], request: RegExp): Step {
  const sends = steps.filter(({ kind, text }) => kind === 'send' && request.test(text));
  const [only] = sends;
  if (only === undefined || sends.length > 1) throw new Error(`${sends.length} sends: ${request}`);
  return only;
}

/** All that had been synced when it left; fails when something written was not. */
function syncedBefore(steps: readonly Step[], send: Step): string {
  const before = steps.slice(0, steps.indexOf(send));
  const lastSync = before.findLastIndex(({ kind }) => kind === 'journal synced');
  const unsynced = before.slice(lastSync).filter(({ kind }) => kind === 'write to the journal');
  expect(unsynced).toEqual([]);
  return before
    .slice(0, lastSync)
    .filter(({ kind }) => kind === 'write to the journal')
    .map(({ text }) => text)
    .join('');
}
