import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runWorld, startWorld } from './running-world.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'world-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Ids of running processes whose command line has this text. */
async function processesWith(text: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const id of ids) {
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(text)) found.push(id);
  }
  return found;
}

test('one ready line with full addresses, and all of them answer', async () => {
  const world = await startWorld();
  const { ready } = world;
  expect(Object.keys(ready)).toEqual(['ready', 'console', 'mqtt', 'api', 'terminalId', 'beaconId']);
  expect((await fetch(ready.console)).status).toBe(200);
  expect((await fetch(`${ready.api}/pos/v10/stores`)).status).toBe(401);
  const client = await connectAsync(ready.mqtt, { protocolVersion: 4 });
  await client.endAsync();
  expect(await world.stop()).toBe(0);
  expect(world.output()).toHaveLength(1);
});

test('nothing is left behind: no process, no temporary folder', async () => {
  const world = await startWorld([], { TMPDIR: dir });
  const made = await readdir(dir);
  expect(made).toHaveLength(1);
  expect(await processesWith(join(dir, made[0] ?? ''))).toHaveLength(1);
  expect(await world.stop()).toBe(0);
  expect(await readdir(dir)).toEqual([]);
  expect(await processesWith(join(dir, made[0] ?? ''))).toEqual([]);
});

test('a world that is killed takes its terminal along', async () => {
  const world = await startWorld(['--data', dir]);
  expect(await processesWith(dir)).toHaveLength(2);
  world.process.kill('SIGKILL');
  await expect.poll(() => processesWith(dir), { timeout: 15_000 }).toEqual([]);
});

test('with --data the secrets stay private and the next world goes on', async () => {
  const first = await startWorld(['--data', dir]);
  await first.stop();
  const secret = await stat(join(dir, 'secrets', 'mobilepay-client-secret'));
  expect(secret.mode & 0o777).toBe(0o600);
  expect(existsSync(join(dir, 'journal.db'))).toBe(true);
  const second = await startWorld(['--data', dir]);
  expect(second.ready.beaconId).toBe(first.ready.beaconId);
  expect(await second.stop()).toBe(0);
});

test.each(['--port', '--mqtt-port', '--api-port'])(
  'a port taken for %s ends it with 69 and the flag in the message, and leaves nothing',
  async (flag) => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    const { status, stdout, stderr } = await runWorld([flag, String(port)], { TMPDIR: dir });
    await new Promise((resolve) => squatter.close(resolve));
    expect([status, stdout]).toEqual([69, '']);
    expect(stderr).toContain(`${flag}: port ${port} is in use`);
    expect(await readdir(dir)).toEqual([]);
  },
);
