import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { FlagUnavailableError, runSimulator } from '../../src/simulator/command.ts';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET } from '../../src/simulator/demo.ts';
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
