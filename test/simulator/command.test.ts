import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { FlagUnavailableError, runSimulator } from '../../src/simulator/command.ts';
import {
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  neighbourClient,
  SECOND_DEMO_VAT,
} from '../../src/simulator/demo.ts';
import { ApiClient } from './client.ts';

const flags = { host: '127.0.0.1', port: 0, apiPort: 0 };

test('it prints one ready line, serves, and stops when told to', async () => {
  const output = new PassThrough();
  const stop = new AbortController();
  const running = runSimulator(flags, output, stop.signal);
  const [line] = (await once(output, 'data')) as [Buffer];
  const text = line.toString();
  expect(text).toMatch(/^\{"ready":true,.*\}\n$/);
  expect(text).not.toContain(DEMO_CLIENT_SECRET);
  const ready = JSON.parse(text);
  expect(ready).toMatchObject({
    mqtt: null,
    terminalId: null,
    beaconId: null,
    clientId: DEMO_CLIENT_ID,
  });
  expect((await fetch(ready.console)).headers.get('content-type')).toContain('text/html');
  const api = await new ApiClient(ready.api).signIn();
  expect((await api.get('/pos/v10/stores')).json.storeIds).toHaveLength(1);
  stop.abort();
  await running;
  await expect(fetch(ready.api)).rejects.toThrow();
});

test('it plays a fault script and notifies callbacks', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  const faults = join(folder, 'run.yaml');
  writeFileSync(faults, '- { kind: error, code: 1204, operation: createPos }\n');
  const output = new PassThrough();
  const stop = new AbortController();
  const callback = { shop: 'http://127.0.0.1:1/' };
  const running = runSimulator({ ...flags, faults, callback }, output, stop.signal);
  const [line] = (await once(output, 'data')) as [Buffer];
  const ready = JSON.parse(line.toString());
  const api = await new ApiClient(ready.api).signIn();
  expect((await api.post('/pos/v10/pointofsales', {})).json.code).toBe('1204');

  const { beaconId } = await api.createPos({ callbackAlias: 'shop' });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ action: 'check-in', beaconId });
  await fetch(`${ready.console}/phone`, { method: 'POST', headers, body });
  const state = await (await fetch(`${ready.console}/state`)).json();
  expect(state).toMatchObject({ notifications: [{ url: callback.shop }] });
  stop.abort();
  await running;
  rmSync(folder, { recursive: true });
});

test('a fault script that is none is an error before anything is started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  const faults = join(folder, 'run.yaml');
  writeFileSync(faults, '- { kind: 500 }\n- { kind: 501 }\n');
  const output = new PassThrough();
  await expect(runSimulator({ ...flags, faults }, output)).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(`${faults}: entry 2 (line 2): kind must be one of`),
  });
  rmSync(folder, { recursive: true });
  await expect(runSimulator({ ...flags, faults }, output)).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(`${faults}: there is no such file`),
  });
  expect(output.read()).toBeNull();
});

test('it knows a second merchant and a second integrator', async () => {
  const output = new PassThrough();
  const stop = new AbortController();
  const running = runSimulator(flags, output, stop.signal);
  const [line] = (await once(output, 'data')) as [Buffer];
  const { api: url } = JSON.parse(line.toString());
  const { posId } = await (await new ApiClient(url).signIn()).createPos();
  const second = await new ApiClient(url, DEMO_CLIENT_ID, SECOND_DEMO_VAT).signIn();
  const neighbour = await new ApiClient(url, neighbourClient.clientId).signIn(
    neighbourClient.clientSecret,
  );
  const path = `/pos/v10/pointofsales/${posId}`;
  expect((await second.get(path)).json.code).toBe('1410');
  expect((await neighbour.get(path)).json.code).toBe('1400');
  stop.abort();
  await running;
});

test.each([
  ['--port', 'port'],
  ['--api-port', 'apiPort'],
])('a taken port is an error that names %s', async (flag, name) => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as AddressInfo;
  const output = new PassThrough();
  const error = await runSimulator({ ...flags, [name]: port }, output).catch((e: unknown) => e);
  squatter.close();
  expect(error).toBeInstanceOf(FlagUnavailableError);
  expect(error).toMatchObject({ flag, exitCode: 69, message: expect.stringContaining(`${port}`) });
  expect(output.read()).toBeNull();
});
