import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { call, infoOf, notificationOf, post } from '../gateway/harness.ts';
import { makeSelfSigned, opensslAvailable } from '../gateway/self-signed.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { observe } from '../mqtt/observer.ts';
import { beaconTerminal } from './beacon-terminal.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'beacon-cli-gateway-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'config.yaml');
const write = (content: object) => writeFileSync(config, stringify(content));

describe('gateway', () => {
  const broker = { url: 'mqtt://127.0.0.1:1' };

  it('without certificate and key is 78, and names both', async () => {
    write({ mqtt: broker, gateway: {} });
    const { code, stdout, stderr } = await beaconTerminal(['gateway', '--config', config]);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(/^\S+:\d+:\d+: gateway\.cert: .*gateway\.key/);
  });

  it('with a certificate that is not there is 78, in one line', async () => {
    write({ mqtt: broker, gateway: { cert: '/no/such.pem', key: '/no/such.key' } });
    const { code, stderr } = await beaconTerminal(['gateway', '--config', config]);
    expect({ code, stderr }).toEqual({
      code: 78,
      stderr: 'gateway.cert: /no/such.pem cannot be read (ENOENT)\n',
    });
  });

  it('on a port that is taken is 69, and names the key', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    write({ mqtt: broker, gateway: { listen: '127.0.0.1', port } });
    const { code, stdout, stderr } = await beaconTerminal(['gateway', '--config', config]);
    squatter.close();
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toBe(
      `gateway.port: port ${port} is in use; name another, or 0 for a free one\n`,
    );
  });

  it('has a config that config check accepts for what it is', async () => {
    write({ mqtt: broker, gateway: { listen: '127.0.0.1' } });
    expect(await beaconTerminal(['config', 'check', config])).toEqual({
      code: 0,
      stdout: `${config}: ok for gateway\n`,
      stderr: '',
    });
  });

  it('waits for a broker that is away, and ends with 0 at SIGTERM all the same', async () => {
    write({ mqtt: broker, gateway: { listen: '127.0.0.1', port: 0 } });
    const gateway = startGatewayProcess(config);
    const logged = await new Promise<string>((resolve) => {
      let log = '';
      gateway.process.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (log.includes('no connection to the broker') && log.includes('listening')) resolve(log);
      });
    });
    expect(logged).toContain('127.0.0.1:1');
    gateway.process.kill('SIGTERM');
    expect(await gateway.exited).toBe(0);
  });
});

describe.skipIf(!(mosquittoAvailable && opensslAvailable) && !process.env['CI'])(
  'gateway, listening (needs mosquitto and openssl)',
  () => {
    const files = { cert: join(folder, 'gateway.pem'), key: join(folder, 'gateway.key') };
    const posId = randomUUID();
    let broker: Mosquitto;
    let gateway: GatewayProcess;
    let ca: string;

    beforeAll(async () => {
      broker = await startMosquitto();
      const terminal = await observe(broker.url, 5);
      await terminal.publish('beacon/1/till-1/info', infoOf('till-1', posId), { retain: true });
      await terminal.close();
      ca = makeSelfSigned(files);
      write({
        mqtt: { url: broker.url },
        gateway: { listen: '127.0.0.1', port: 0, ...files },
        console: { port: 0 },
        log: { level: 'debug' },
      });
      gateway = startGatewayProcess(config);
      await gateway.ready;
    });
    afterAll(async () => {
      gateway.process.kill('SIGKILL');
      await broker.destroy();
    });

    it('says that it is ready, with full addresses that answer', async () => {
      const ready = await gateway.ready;
      expect(ready).toEqual({
        ready: true,
        url: expect.stringMatching(/^https:.*\/mobilepay\/pos-v10\/notification$/),
        console: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        mqtt: broker.url,
      });
      expect((await post(ready.url, notificationOf(posId), { ca })).status).toBe(200);
      const metrics = await call(`${ready.console}/metrics`);
      expect(metrics.text).toContain('beacon_gateway_notifications_total{outcome="accepted"} 1\n');
    });

    it('takes a renewed certificate into use at SIGHUP', async () => {
      const { url } = await gateway.ready;
      ca = makeSelfSigned(files);
      gateway.process.kill('SIGHUP');
      const status = () =>
        post(url, notificationOf(posId), { ca }).then(
          (answer) => answer.status,
          (error) => error.code,
        );
      await expect.poll(status, { interval: 200, timeout: 10_000 }).toBe(200);
    });

    it('ends with 0 at SIGTERM, and its log is JSON without what MobilePay wrote', async () => {
      const { url } = await gateway.ready;
      const body = notificationOf(posId);
      expect((await post(url, body, { ca })).status).toBe(200);
      gateway.process.kill('SIGTERM');
      expect(await gateway.exited).toBe(0);
      const log = await gateway.log;
      for (const line of log.trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
      expect(log).toContain(posId);
      expect(log).not.toContain(body.MerchantId);
      expect(log).not.toContain(body.MerchantPosId);
    });
  },
);
