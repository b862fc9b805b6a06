import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import packageFile from '../../package.json' with { type: 'json' };
import type { Report } from '../../src/field/certify/report.ts';
import { DEMO_CLIENT_SECRET } from '../../src/simulator/demo.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { beaconTerminal } from '../cli/beacon-terminal.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'certify-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function reportIn(folder: string): Promise<Report> {
  return JSON.parse(await readFile(join(folder, 'certification.json'), 'utf8')) as Report;
}

test('every case of the six categories passes, and so does every rule', async () => {
  const { code, stdout, stderr } = await beaconTerminal(['certify', '--report', dir], {
    TMPDIR: dir,
  });
  const lines = stdout.split('\n').filter((line) => / (FAILED|NOT RUN) /.test(line));
  expect({ code, stderr, lines }).toEqual({ code: 0, stderr: '', lines: [] });

  const report = await reportIn(dir);
  expect(report).toMatchObject({
    software: { name: 'beacon-terminal', version: packageFile.version },
    complete: true,
    passed: true,
  });
  const shown = report.categories.map(({ name, cases }) => [name, cases]);
  expect(shown).toEqual([
    ['Onboarding', { passed: 20, failed: 0, notRun: 0 }],
    ['Payments', { passed: 47, failed: 0, notRun: 0 }],
    ['Prepared payments', { passed: 32, failed: 0, notRun: 0 }],
    ['Payments with restrictions', { passed: 22, failed: 0, notRun: 0 }],
    ['Prepared payments with restrictions', { passed: 18, failed: 0, notRun: 0 }],
    ['Refunds', { passed: 24, failed: 0, notRun: 0 }],
  ]);
  expect(report.rules.map(({ verdict }) => verdict)).toEqual(Array(13).fill('passed'));

  // The run's own folder is gone, and what is left says everything but secrets.
  expect((await readdir(dir)).sort()).toEqual(['certification.html', 'certification.json']);
  const page = await readFile(join(dir, 'certification.html'), 'utf8');
  for (const { name } of report.categories) expect(page).toContain(`<h2>${name}</h2>`);
  for (const text of [page, JSON.stringify(report)]) {
    expect(text).not.toContain(DEMO_CLIENT_SECRET);
    expect(text).not.toMatch(/Bearer (?!\(token \d+\))/);
    expect(text).not.toMatch(/Basic (?!\(client id and secret\))/);
  }
}, 180_000);

describe('against another platform', () => {
  const SECRET = 'certify-test-secret';
  let simulator: Simulator;
  beforeEach(async () => {
    simulator = await startSimulator({
      host: '127.0.0.1',
      port: 0,
      pollDelayMs: 200,
      clients: [{ clientId: 'sandbox-1', clientSecret: SECRET, merchantVats: ['FI90000040'] }],
      stores: [
        { merchantVat: 'FI90000040', merchantBrandId: 'MPPOSCERT1', merchantLocationId: '00001' },
      ],
    });
  });
  afterEach(() => simulator.close());

  const against = () => ['certify', '--against', simulator.url, '--client-id', 'sandbox-1'];
  const quickly = ['--vat', 'FI90000040', '--flow', 'refused capture'];

  test("it plays there with the integrator's own id and secret, and leaves no PoS behind", async () => {
    await writeFile(join(dir, 'mobilepay-client-secret'), SECRET, { mode: 0o600 });
    const args = [...against(), ...quickly, '--category', 'Payments'];
    const { code } = await beaconTerminal([
      ...args,
      '--secrets-dir',
      dir,
      '--report',
      join(dir, 'report'),
    ]);
    expect(code).toBe(0);
    const report = await reportIn(join(dir, 'report'));
    expect(report).toMatchObject({
      against: simulator.url,
      clientId: 'sandbox-1',
      merchantVat: 'FI90000040',
      complete: false,
      passed: true,
    });
    expect(JSON.stringify(report)).not.toContain(SECRET);
    expect(simulator.payments().map(({ status, terms }) => [status, terms?.currencyCode])).toEqual([
      ['Captured', 'EUR'],
    ]);
    expect(simulator.pos()).toEqual([]);
  });

  test('a version other than the registered one is a miss', async () => {
    const args = [...against(), ...quickly, '--client-version', '99.0.0', '--report', dir];
    const { code, stdout } = await beaconTerminal(args, {
      BEACON_TERMINAL_MOBILEPAY_CLIENT_SECRET: SECRET,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Every request +version-header +FAILED /m);
  });

  test('a secret that is not accepted ends it with 78 before anything is played', async () => {
    const { code, stdout, stderr } = await beaconTerminal([...against(), '--report', dir], {
      BEACON_TERMINAL_MOBILEPAY_CLIENT_SECRET: 'another',
    });
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toContain('does not accept the client id sandbox-1');
    expect(stderr).not.toContain('another');
  });

  test('without a secret it ends with 78 and says where to put it', async () => {
    const args = [...against(), '--report', dir, '--secrets-dir', dir];
    const { code, stderr } = await beaconTerminal(args);
    expect(code).toBe(78);
    expect(stderr).toContain('BEACON_TERMINAL_MOBILEPAY_CLIENT_SECRET');
  });
});

test('a platform that is not there ends it with 69', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const url = `http://127.0.0.1:${port}`;
  const { code, stderr } = await beaconTerminal(
    ['certify', '--against', url, '--client-id', 'sandbox-1', '--report', dir],
    { BEACON_TERMINAL_MOBILEPAY_CLIENT_SECRET: 'secret' },
  );
  expect(code).toBe(69);
  expect(stderr).toContain('ECONNREFUSED');
});

test.each<[string, string[], RegExp]>([
  ['a category that there is not', ['--category', 'Gifts'], /"Gifts" is none of Onboarding, /],
  ['a flow that there is not', ['--flow', 'gift'], /"gift" is none of "new PoS", /],
  ['the live platform', ['--against', 'https://api.mobilepay.dk'], /takes real money/],
  ['a platform without TLS', ['--against', 'http://api.example'], /must begin with https/],
  ['no flows at a time', ['--jobs', '0'], /1 to 99/],
  [
    'a report where no folder can be',
    ['--report', 'package.json/report'],
    /cannot be made a folder/,
  ],
])('%s is wrong usage', async (_, args, message) => {
  const { code, stdout, stderr } = await beaconTerminal(['certify', '--report', dir, ...args]);
  expect([code, stdout]).toEqual([64, '']);
  expect(stderr).toMatch(message);
});
