import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DoctorReport, doctorReportSchema } from '../../src/contract/doctor-report.ts';
import { topicsOf } from '../../src/contract/topics.ts';
import { checkNames } from '../../src/field/doctor/check-names.ts';
import { connectRegister, type RegisterClient } from '../../src/register/register-client.ts';
import { DEMO_CLIENT_SECRET } from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { tamper } from '../journal/tamper.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { observe } from '../mqtt/observer.ts';
import { beaconTerminal } from './beacon-terminal.ts';
import { type RunningTerminal, startTerminal } from './running-terminal.ts';

const PASSWORD = 'the-mqtt-password-of-till-6';
/** What this machine is, and not what the product does. */
const ofTheMachine = ['time-sync', 'disk-space', 'card-wear', 'temperature', 'power'];

describe.skipIf(!mosquittoAvailable && !process.env['CI'])(
  'doctor at a terminal, its broker and MobilePay (needs mosquitto)',
  () => {
    let broker: Mosquitto;
    let mobilePay: Simulator;
    let running: RunningTerminal;
    let terminal: ChildProcess;
    let config: string;
    let journal: string;

    beforeAll(async () => {
      broker = await startMosquitto();
      mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 50 });
      const sections = { mqtt: { url: broker.url, username: 'till-6' }, pos: { name: 'Kasse 6' } };
      const secrets = { 'mqtt-password': PASSWORD };
      running = await startTerminal('till-6', { broker, mobilePay }, sections, secrets);
      ({ child: terminal, config, journal } = running);
    });
    afterAll(async () => {
      running.destroy();
      await mobilePay.close();
      await broker.destroy();
    });

    async function doctor(
      ...flags: string[]
    ): Promise<{ code: number | null; report: DoctorReport }> {
      const { code, stdout } = await beaconTerminal([
        'doctor',
        '--json',
        '--config',
        config,
        ...flags,
      ]);
      return { code, report: doctorReportSchema.parse(JSON.parse(stdout)) };
    }
    const checkOf = ({ checks }: DoctorReport, wanted: string) =>
      checks.find(({ name }) => name === wanted);
    const failedOf = ({ checks }: DoctorReport) =>
      checks.filter(({ verdict }) => verdict === 'failed').map(({ name }) => name);

    it('finds it well while the service runs, and is not noticed', async () => {
      const watcher = await observe(broker.url, 5, topicsOf('beacon/1', 'till-6').state);
      const { code, report } = await doctor();
      expect(report.checks.map(({ name }) => name)).toEqual([...checkNames]);
      const bad = report.checks.filter(({ name }) => !ofTheMachine.includes(name));
      expect(bad.filter(({ verdict }) => verdict === 'failed' || verdict === 'warning')).toEqual(
        [],
      );
      expect(code).toBe(report.verdict === 'failed' ? 1 : 0);
      expect(checkOf(report, 'service')).toMatchObject({
        evidence: expect.stringContaining(`it runs (process ${terminal.pid}), phase idle`),
      });
      expect(checkOf(report, 'broker-acl')).toMatchObject({
        evidence: expect.stringContaining('the service is online there'),
      });
      expect(checkOf(report, 'journal')).toMatchObject({
        evidence: expect.stringContaining('every chain is whole'),
      });
      // The retained one alone: nobody was thrown out, and nothing was written.
      expect(watcher.seen.map(({ json }) => json.online)).toEqual([true]);
      await watcher.close();
    });

    it('answers terminal/diagnose with the same page, and no secret in it', async () => {
      const register: RegisterClient = await connectRegister({
        urls: [broker.url],
        prefix: 'beacon/1',
        terminalId: 'till-6',
        protocolVersion: 5,
      });
      const ask = async () => {
        const asked = [
          register.send('terminal/diagnose', {}),
          register.send('terminal/diagnose', {}),
        ];
        return (await Promise.all(asked)).map(
          (reply) => reply as { result: { phase: string; doctor: unknown } },
        );
      };
      // On a busy machine the report is cut short, as documented: it is asked for again.
      const isCut = ({ result }: { result: unknown }) =>
        JSON.stringify(result).includes('no time left') ||
        JSON.stringify(result).includes('"doctor":null');
      let replies = await ask();
      for (let again = 0; again < 4 && replies.some(isCut); again += 1) replies = await ask();
      for (const reply of replies) {
        const { result } = reply;
        expect(result.phase).toBe('idle');
        const report = doctorReportSchema.parse(result.doctor);
        expect(failedOf(report).filter((name) => !ofTheMachine.includes(name))).toEqual([]);
        expect(checkOf(report, 'service')?.evidence).toContain(`process ${terminal.pid}`);
        const text = JSON.stringify(reply);
        for (const secret of [DEMO_CLIENT_SECRET, PASSWORD]) expect(text).not.toContain(secret);
      }
      await register.close();
    });

    it('finds faults that are planted while the service does not run', async () => {
      const ended = once(terminal, 'exit');
      terminal.kill('SIGTERM');
      await ended;
      const quiet = (await doctor()).report;
      expect(checkOf(quiet, 'service')?.verdict).toBe('warning');
      expect(checkOf(quiet, 'broker-acl')?.evidence).toContain('read back in');
      tamper(journal, "INSERT OR REPLACE INTO meta (key, value) VALUES ('closedHeads', 1)");
      await mobilePay.close();
      writeFileSync(join(running.folder, 'secrets/mqtt-password'), '', { mode: 0o600 });
      const { code, report } = await doctor();
      expect(code).toBe(1);
      expect(failedOf(report).filter((name) => !ofTheMachine.includes(name))).toEqual([
        'secrets',
        'journal',
        'mobilepay-tls',
      ]);
      expect(checkOf(report, 'broker-login')?.verdict).toBe('skipped');
    });

    it('prints a page that a person can read, without colours into a pipe', async () => {
      const { code, stdout } = await beaconTerminal(['doctor', '--config', config]);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^FAILED {3}journal {15}.*chain of closed orders/m);
      expect(stdout).toMatch(
        /^ {9}> Stop the service, keep the file, and run: beacon-terminal journal salvage/m,
      );
      expect(stdout).not.toContain('\u001b');
    });

    it('looks at the machine even where the config file is wrong', async () => {
      const { code, stdout } = await beaconTerminal([
        'doctor',
        '--json',
        '--config',
        '/no/such.yaml',
      ]);
      expect(code).toBe(1);
      const report = doctorReportSchema.parse(JSON.parse(stdout));
      expect(report.terminalId).toBeNull();
      expect(failedOf(report).filter((name) => !ofTheMachine.includes(name))).toEqual(['config']);
      expect(checkOf(report, 'runtime')?.verdict).toBe('ok');
      expect(checkOf(report, 'broker-acl')?.verdict).toBe('skipped');
    });
  },
);
