import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import packageFile from '../../package.json' with { type: 'json' };
import { beaconTerminal } from './beacon-terminal.ts';

const subcommands = [
  'run',
  'simulate',
  'simulator',
  'gateway',
  'certify',
  'pay',
  'refund',
  'send',
  'status',
  'history',
  'explain',
  'report',
  'doctor',
  'label',
  'provision',
  'decommission',
  'journal',
  'journal migrate',
  'journal salvage',
  'config',
  'config check',
  'config schema',
];

const folder = mkdtempSync(join(tmpdir(), 'beacon-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('beacon-terminal', () => {
  it.each(subcommands)('%s --help says how to use it, on stdout', async (subcommand) => {
    const { code, stdout, stderr } = await beaconTerminal([...subcommand.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: beacon-terminal ${subcommand}`);
  });

  it('--help lists what there is and nothing else', async () => {
    const { code, stdout } = await beaconTerminal(['--help']);
    expect(code).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(
      [...new Set(subcommands.map((each) => each.split(' ')[0])), 'help'].toSorted(),
    );
  });

  it('--version says which', async () => {
    expect(await beaconTerminal(['--version'])).toEqual({
      code: 0,
      stdout: `${packageFile.version}\n`,
      stderr: '',
    });
  });

  it.each([
    ['nothing at all', [], /Usage: /],
    ['an unknown subcommand', ['frobnicate'], /unknown command 'frobnicate'/],
    ['an unknown subcommand of config', ['config', 'frobnicate'], /unknown command 'frobnicate'/],
    ['a misspelt subcommand', ['simulat'], /Did you mean .*simulate/],
    ['an unknown flag', ['run', '--confg', 'x'], /unknown option '--confg'/],
    ['an argument too many', ['run', 'x'], /too many arguments/],
    ['a missing argument', ['config', 'check'], /missing required argument 'file'/],
    ['a flag without its value', ['run', '--config'], /argument missing/],
    ['a port that is none', ['simulate', '--port', 'http'], /--port.*whole number from 0 to 65535/],
    ['a port too high', ['simulator', '--api-port', '65536'], /--api-port.*0 to 65535/],
    ['an amount without decimals', ['pay', '12'], /exactly two decimals/],
    ['an amount with one decimal', ['pay', '12.5'], /exactly two decimals/],
    ['an amount with three decimals', ['pay', '12.500'], /exactly two decimals/],
    ['an amount with thousands', ['pay', '1.200,50'], /exactly two decimals/],
    ['an amount of nothing', ['pay', '0.00'], /exactly two decimals/],
    ['a refund without decimals', ['refund', 'A1', '5'], /exactly two decimals/],
    ['a refund without an amount', ['refund', 'A1'], /missing required argument 'amount'/],
    ['an amount in words', ['pay', 'twelve'], /exactly two decimals/],
    ['a negative amount', ['pay', '--', '-12.50'], /exactly two decimals/],
    ['a broker without a terminal', ['pay', '12.50', '--mqtt-url', 'mqtt://x'], /--terminal ID/],
    ['a command that is no JSON', ['send', 'payment/get', '{', ...anyTerminal()], /JSON/],
    ['a command that is no topic', ['send', '../x', '{}', ...anyTerminal()], /not a command/],
    ['a timeout in words', ['pay', '12.50', '--timeout', 'soon'], /whole number of seconds/],
  ])('%s is wrong usage: 64, told on stderr', async (_, args, complaint) => {
    const { code, stdout, stderr } = await beaconTerminal(args);
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  });

  it('a broker that is not there is 69, in one sentence', async () => {
    const url = ['--mqtt-url', 'mqtt://127.0.0.1:1', '--terminal', 'till-1'];
    for (const command of [
      ['pay', '12.50'],
      ['send', 'terminal/diagnose'],
    ]) {
      const { code, stderr } = await beaconTerminal([...command, ...url]);
      expect(code).toBe(69);
      expect(stderr).toMatch(/127\.0\.0\.1:1/);
      expect(stderr).not.toMatch(/^ {4}at /m);
    }
  });
});

function anyTerminal(): string[] {
  return ['--mqtt-url', 'mqtt://127.0.0.1:1', '--terminal', 'till-1'];
}

describe('the config', () => {
  const missing = join(folder, 'missing.yaml');

  it.each([
    ['run'],
    ['gateway'],
    ['pay', '12.50'],
    ['send', 'terminal/diagnose'],
    ['status'],
    ['history'],
    ['explain', 'A1'],
    ['report', '2026-01-31'],
  ])('that is missing is 78, told in one line by %s', async (...args) => {
    const { code, stdout, stderr } = await beaconTerminal([...args, '--config', missing]);
    expect({ code, stdout, stderr }).toEqual({
      code: 78,
      stdout: '',
      stderr: `${missing}: there is no such file; name another with --config FILE\n`,
    });
  });

  it('check says what is wrong, line by line, for editors to jump to', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'terminal: { id: till-1 }\nmqtt: { ulr: x }\n');
    const { code, stderr } = await beaconTerminal(['config', 'check', file]);
    expect(code).toBe(78);
    expect(stderr).toContain(`${file}:2:9: mqtt.ulr: unknown key; did you mean url?\n`);
    for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^\S+:\d+:\d+: \S+: ./);
  });

  const fine = join(folder, 'fine.yaml');
  const config = (extra = '') =>
    'terminal: { id: till-1 }\nmqtt: { url: mqtt://127.0.0.1:1 }\n' +
    'mobilepay: { clientId: x, merchantVat: DK12345678, baseUrl: http://127.0.0.1:1 }\n' +
    'pos: { merchantBrandId: POSDK12345, merchantLocationId: "10001", name: Kasse 1 }\n' +
    `secretsDir: ${folder}/secrets\njournal: { path: ${folder}/journal.db }\n${extra}`;

  it('check accepts what is right', async () => {
    writeFileSync(fine, config());
    expect(await beaconTerminal(['config', 'check', fine])).toEqual({
      code: 0,
      stdout: `${fine}: ok\n`,
      stderr: '',
    });
  });

  it('check knows what the environment overrides', async () => {
    writeFileSync(fine, config());
    const env = { BEACON_TERMINAL_LOG_LEVEL: 'loud' };
    const { code, stderr } = await beaconTerminal(['config', 'check', fine], env);
    expect(code).toBe(78);
    expect(stderr).toMatch(/^BEACON_TERMINAL_LOG_LEVEL: log\.level: must be one of/);
  });

  it('schema prints a JSON Schema', async () => {
    const { code, stdout } = await beaconTerminal(['config', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', additionalProperties: false });
  });

  it('without the client secret is 78, and says where to put it', async () => {
    writeFileSync(fine, config());
    const { code, stderr } = await beaconTerminal(['run', '--config', fine]);
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /mobilepay-client-secret is missing; put it into .* or BEACON_TERMINAL_/,
    );
  });
});

describe('a port that is taken', () => {
  const server = createServer();
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address !== null) ({ port } = address);
  });
  afterAll(() => server.close());

  it.each([
    ['simulate', '--port'],
    ['simulate', '--mqtt-port'],
    ['simulate', '--api-port'],
    ['simulator', '--port'],
    ['simulator', '--api-port'],
  ])('is 69 for %s, which names %s', async (subcommand, flag) => {
    const ports: Record<string, string> = { '--port': '0', '--mqtt-port': '0', '--api-port': '0' };
    ports[flag] = String(port);
    const { code, stdout, stderr } = await beaconTerminal([
      subcommand,
      ...Object.entries(ports).flat(),
    ]);
    expect(stderr).toMatch(new RegExp(`^${flag}: .*${port}`));
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
  });
});

describe.skipIf(process.geteuid?.() !== 0)('a journal that this user may not look for', () => {
  it.each([
    ['journal/journal-reader.js', 'openJournalReader'],
    // Else a technician without sudo would give up a terminal with money open.
    ['field/decommission/open-money.js', 'openMoney'],
  ])('is not taken for none, by %s (needs root)', async (file, name) => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-usage-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'journal.db');
    // The program itself may lie where nobody else may read it.
    const script = `
      const { ${name} } = await import(${JSON.stringify(resolve('dist', file))});
      process.setuid(65534);
      try { ${name}(${JSON.stringify(path)}); } catch ({ code }) { console.log(code); }`;
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', script]);
    expect(String(told)).toBe('not-permitted\n');
  });
});
