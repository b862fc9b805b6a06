import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { startBroker } from '../../src/world/broker.ts';
import { onPort } from '../../src/world/port-flag.ts';

const squatter = createServer();
let port: number;

beforeEach(async () => {
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  ({ port } = squatter.address() as AddressInfo);
});
afterEach(() => new Promise((resolve) => squatter.close(resolve)));

test('a taken port is an error that names the flag', async () => {
  const host = '127.0.0.1';
  const silent = { onMessage: () => {}, onClient: () => {} };
  await expect(
    onPort('--mqtt-port', port, startBroker({ host, port, ...silent })),
  ).rejects.toMatchObject({ code: 'port-taken', message: expect.stringMatching(/^--mqtt-port: /) });
  await expect(onPort('--api-port', port, startSimulator({ host, port }))).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringMatching(/^--api-port: /),
  });
});

test('an address of another machine is an error that names --host', async () => {
  const broker = startBroker({ host: '192.0.2.1', port: 0, onMessage() {}, onClient() {} });
  await expect(onPort('--mqtt-port', 0, broker)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^--host: /),
  });
});
