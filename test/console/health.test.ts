import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { viewOf } from '../panel/view.ts';
import { consoleUnderTest } from './harness.ts';

test('it is ready when it takes payments: not while it starts, is out of order, or away', async () => {
  const console = await consoleUnderTest();
  const ready = async () => (await console.get('/readyz')).status;
  expect(await ready()).toBe(503);
  for (const [changes, status] of [
    [{}, 200],
    [{ phase: 'paying' }, 200],
    [{ phase: 'out-of-order' }, 503],
    [{ mqttConnected: false }, 503],
    [{ apiReachable: false }, 503],
  ] as const) {
    console.onlooker.see({ of: 'view', view: viewOf(changes) });
    await new Promise((resolve) => setImmediate(resolve));
    expect([changes, await ready()]).toEqual([changes, status]);
  }
});

test('it is healthy unless the engine stands still, whatever its surroundings do', async () => {
  let standstill: string | null = null;
  const console = await consoleUnderTest({ standstill: () => standstill });
  console.onlooker.see({ of: 'view', view: viewOf({ phase: 'out-of-order' }) });
  expect((await console.get('/healthz')).status).toBe(200);
  standstill = 'a payment gets no further';
  const sick = await console.get('/healthz');
  expect([sick.status, sick.json]).toEqual([503, { healthy: false, standstill }]);
});

test('a port that is taken is an error that names the key', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void squatter.close());
  const { port } = squatter.address() as AddressInfo;
  await expect(consoleUnderTest({ port })).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringContaining('console.port'),
  });
});
