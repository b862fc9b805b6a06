import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEMO_CLIENT_SECRET } from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { beaconTerminal } from './beacon-terminal.ts';
import { BEACON_ID, type RunningTerminal, startTerminal } from './running-terminal.ts';

describe.skipIf(!mosquittoAvailable && !process.env['CI'])(
  'run, and those who speak to it (needs mosquitto)',
  () => {
    let broker: Mosquitto;
    let mobilePay: Simulator;
    let terminal: RunningTerminal;
    let config: string;
    let ready: { line: string; console: string };

    beforeAll(async () => {
      broker = await startMosquitto();
      mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 50 });
      const sections = { console: { port: 0 }, log: { level: 'debug' } };
      terminal = await startTerminal('till-7', { broker, mobilePay }, sections);
      config = terminal.config;
      ready = { line: terminal.ready, ...(JSON.parse(terminal.ready) as { console: string }) };
    });
    afterAll(async () => {
      terminal.destroy();
      await mobilePay.close();
      await broker.destroy();
    });

    it('run says that it is ready, in one JSON line', () => {
      expect(ready).toEqual({
        line: expect.stringMatching(/^\{"ready":true,/),
        ready: true,
        console: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        mqtt: broker.url,
        api: mobilePay.url,
        terminalId: 'till-7',
        beaconId: BEACON_ID,
      });
    });

    it('pay ends with 0 when the customer has paid', async () => {
      const paid = beaconTerminal(['pay', '12.50', '--order', 'A1', '--config', config]);
      await vi.waitFor(() => expect(mobilePay.payments()).toHaveLength(1), { timeout: 20_000 });
      mobilePay.phone.checkIn(BEACON_ID);
      await vi.waitFor(() => mobilePay.phone.accept(BEACON_ID), { timeout: 20_000 });
      const { code, stdout, stderr } = await paid;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('A1');
    });

    it('pay ends with 1 when the customer refuses', async () => {
      const address = ['--terminal', 'till-7', '--mqtt-url', broker.url];
      const paid = beaconTerminal(['pay', '--order', 'A2', ...address, '3,75']);
      await vi.waitFor(() => expect(mobilePay.payments()).toHaveLength(2), { timeout: 20_000 });
      mobilePay.phone.checkIn(BEACON_ID);
      await vi.waitFor(() => mobilePay.phone.refuse(BEACON_ID), { timeout: 20_000 });
      expect((await paid).code).toBe(1);
    });

    it('pay is wrong usage for an order that was started before', async () => {
      const { code, stderr } = await beaconTerminal([
        ...['pay', '12.50', '--order', 'A1', '--config', config],
      ]);
      expect(stderr).toMatch(/duplicate-order/);
      expect(code).toBe(64);
    });

    it('refund gives back a part, and says so; more than is left is refused', async () => {
      const refund = (amount: string, id: string) =>
        beaconTerminal(['refund', 'A1', amount, '--refund-order', id, '--config', config]);
      const given = await refund('5,00', 'B1');
      expect(given).toMatchObject({ code: 0, stderr: '' });
      expect(given.stdout).toMatch(/giving back 5\.00 DKK of order A1[\s\S]*Given back: 5\.00 DKK/);
      await vi.waitFor(() => expect(mobilePay.refunds()[0]?.status).toBe('Captured'), {
        timeout: 20_000,
      });
      const refused = await refund('7.51', 'B2');
      expect(refused.code).toBe(64);
      expect(refused.stderr).toMatch(/amount-not-allowed.*750 is left/);
    });

    it('send prints the answer, and ends with 1 when it is a refusal', async () => {
      const get = (orderId: string) =>
        beaconTerminal([
          ...['send', 'payment/get', JSON.stringify({ orderId }), '--config', config],
        ]);
      const found = await get('A1');
      expect(found.code).toBe(0);
      expect(JSON.parse(found.stdout)).toMatchObject({
        ok: true,
        result: { orderId: 'A1', outcome: 'approved', amount: { currency: 'DKK', value: 1250 } },
      });
      const lost = await get('A9');
      expect(lost.code).toBe(1);
      expect(JSON.parse(lost.stdout)).toMatchObject({
        ok: false,
        error: { code: 'unknown-order' },
      });
    });

    it('the console says that it is well, and has counted what was sold', async () => {
      const look = async (path: string) => {
        const answer = await fetch(ready.console + path);
        return { status: answer.status, text: await answer.text() };
      };
      expect(await look('/healthz')).toEqual({
        status: 200,
        text: '{"healthy":true,"standstill":null}',
      });
      const readiness = await look('/readyz');
      expect(readiness.status).toBe(200);
      expect(JSON.parse(readiness.text)).toMatchObject({ ready: true, mqttConnected: true });
      const { text: metrics } = await look('/metrics');
      const figureOf = (name: string) =>
        Number(
          metrics
            .split('\n')
            .find((line) => line.startsWith(`${name} `))
            ?.split(' ')
            .at(-1),
        );
      expect(figureOf('beacon_payments_total{outcome="approved"}')).toBe(1);
      expect(figureOf('beacon_payments_total{outcome="declined"}')).toBe(1);
      expect(figureOf('beacon_refunds_total{outcome="approved"}')).toBe(1);
      expect(figureOf('beacon_mqtt_connected')).toBe(1);
      expect(figureOf('beacon_outbox_length')).toBe(0);
      expect(figureOf('beacon_journal_commit_duration_seconds_count')).toBeGreaterThan(5);
      expect(metrics).toMatch(
        /beacon_api_request_duration_seconds_count\{operation="POST \/payments"\} 2/,
      );
      expect(metrics).toContain('{operation="POST /payments/{id}/capture"}');
      expect(metrics).not.toContain(DEMO_CLIENT_SECRET);
    });

    it('status, history, explain and report read the journal while it runs', async () => {
      const read = (...args: string[]) => beaconTerminal([...args, '--config', config]);
      const status = await read('status', '--json');
      expect(status.code).toBe(0);
      expect(JSON.parse(status.stdout)).toMatchObject({ lastSettled: { orderId: 'A2' } });
      const history = await read('history');
      expect(history.code).toBe(0);
      expect(history.stdout).toMatch(/A1.*approved.*\n.*A2.*declined/);
      const explained = await read('explain', 'A1');
      expect(explained.code).toBe(0);
      expect(explained.stdout).toMatch(/The chain of this order holds/);
      expect(explained.stdout).toMatch(/Refund B1 [\s\S]*The chain of this refund holds/);
      expect((await read('explain', 'A9')).code).toBe(1);
      const today = new Date().toISOString().slice(0, 10);
      const report = await read('report', today, '--time-zone', 'UTC');
      expect(report.code).toBe(0);
      expect(report.stdout).toMatch(/^A1,.*,1250,12\.50,/m);
      expect(report.stdout).not.toMatch(/^A2,/m);
      expect(report.stdout).toMatch(/^A1,.*,-500,-5\.00,-500,-5\.00,Captured,.*,refund,B1,/m);
    });

    it('run ends with 0 at SIGTERM, and its log is JSON without secrets', async () => {
      terminal.child.kill('SIGTERM');
      const [code] = (await once(terminal.child, 'exit')) as [number | null];
      expect(code).toBe(0);
      const lines = (await terminal.log).trimEnd().split('\n');
      for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
      expect(lines.join()).not.toContain(DEMO_CLIENT_SECRET);
      expect(lines.join()).not.toMatch(/Bearer (?!\[redacted\])/);
    });
  },
);
