import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEMO_CLIENT_SECRET } from '../../src/simulator/demo.ts';
import type { Result } from './beacon-terminal.ts';
import { openWorkshop, type Workshop, workshopMissing } from './workshop.ts';

const scripts = ['broker-ca', 'provision-device', 'provision-batch', 'prepare-image'];
const withoutShellcheck = spawnSync('shellcheck', ['--version']).status !== 0;

function script(
  name: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Result> {
  const env = { PATH: process.env['PATH'], ...options.env };
  const child = spawn(`scripts/${name}`, args, { env });
  const result: Result = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    result.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    result.stderr += chunk.toString();
  });
  // One that ends without reading, such as --help, has closed the pipe: its status is what tells.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  child.stdin.end(options.input ?? '');
  return new Promise((settle, reject) => {
    child.on('error', reject);
    child.on('close', (code) => settle({ ...result, code }));
  });
}

describe('the shell scripts', () => {
  it.skipIf(withoutShellcheck && !process.env['CI'])('please shellcheck (needs it)', () => {
    const files = [
      ...scripts.map((name) => `scripts/${name}`),
      ...['publish-apt', 'lights-off.sh', 'card/beacon-card'].map((name) => `scripts/${name}`),
      ...['postinst', 'prerm', 'postrm'].map((name) => `scripts/package/${name}`),
      'test/cli/systemctl',
    ];
    const { status, stdout } = spawnSync('shellcheck', files, { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it.each(scripts)(
    '%s says how to use it, and what is wrong with how it was used',
    async (name) => {
      const help = await script(name, ['--help']);
      expect(help).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout).toContain(`Usage: ${name}`);
      for (const args of [[], ['--frobnicate'], ['--frobnicate', 'x']]) {
        const wrong = await script(name, args);
        expect(wrong).toMatchObject({ code: 64, stdout: '' });
        expect(wrong.stderr).toContain(`${name}: `);
      }
    },
  );
});

describe.skipIf(workshopMissing && !process.env['CI'])('broker-ca (needs openssl)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-ca-'));
  const dir = join(folder, 'ca');
  const ca = (args: string[], input = '', env = {}) =>
    script('broker-ca', ['--dir', dir, ...args], { input, env });
  const openssl = (...args: string[]) => execFileSync('openssl', args, { encoding: 'utf8' });
  function requestFor(name: string, file: string): string {
    const key = join(folder, file);
    if (!existsSync(key)) openssl('ecparam', '-name', 'prime256v1', '-genkey', '-out', key);
    return openssl('req', '-new', '-key', key, '-subj', `/CN=${name}`);
  }
  beforeAll(async () => {
    expect(await ca(['init', 'Shop CA'])).toMatchObject({ code: 0 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('signs a terminal for logging in and nothing else, and the same request only once', async () => {
    const request = requestFor('till-1', 'one.key');
    const signed = await ca(['sign'], request);
    expect(signed).toMatchObject({ code: 0, stderr: '' });
    const file = join(folder, 'one.pem');
    writeFileSync(file, signed.stdout);
    const text = openssl('x509', '-in', file, '-noout', '-text');
    expect(text).toContain('TLS Web Client Authentication');
    expect(text).not.toContain('TLS Web Server Authentication');
    expect(text).toContain('CA:FALSE');
    expect(openssl('verify', '-CAfile', join(dir, 'ca.pem'), file)).toContain('OK');
    expect((await ca(['sign'], request)).stdout).toBe(signed.stdout);
    const other = await ca(['sign'], requestFor('till-1', 'two.key'));
    expect(other.code).toBe(0);
    expect(other.stderr).toMatch(/till-1 has another certificate.*revoke/);
  });

  it('revokes by name, by serial number and by certificate, and lists what it did', async () => {
    const signed = await ca(['sign'], requestFor('till-2', 'three.key'));
    expect((await ca(['list'])).stdout).toMatch(/^good {5}[0-9A-F]+ \d{4}-\d\d-\d\d till-2$/m);
    expect(await ca(['revoke', '-'], signed.stdout)).toMatchObject({ code: 0 });
    expect(await ca(['revoke', '-'], signed.stdout)).toMatchObject({ code: 0 });
    expect((await ca(['list'])).stdout).toMatch(/^revoked {2}[0-9A-F]+ \d{4}-\d\d-\d\d till-2$/m);
    const file = join(folder, 'three.pem');
    writeFileSync(file, signed.stdout);
    const both = ['-CAfile', join(dir, 'ca.pem'), '-crl_check', '-CRLfile', join(dir, 'crl.pem')];
    const verified = spawnSync('openssl', ['verify', ...both, file], { encoding: 'utf8' });
    expect(verified.status).not.toBe(0);
    expect(verified.stderr).toContain('revoked');
    expect(await ca(['revoke', 'till-9'])).toMatchObject({ code: 1 });
  });

  it.each([
    ['that is none', () => 'no request', /no certificate request/],
    ['for what is no terminal', () => requestFor('*.shop', 'four.key'), /no terminal\.id/],
  ])('refuses a request %s', async (_what, request, message) => {
    const refused = await ca(['sign'], request());
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(message);
  });

  it('refuses a request for another terminal than provision asks for', async () => {
    const refused = await ca(['sign'], requestFor('till-3', 'five.key'), { TERMINAL_ID: 'till-4' });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/for till-3, not for till-4/);
  });

  it('keeps its key to itself, and makes no second authority over it', async () => {
    const modes = execFileSync('stat', ['-c', '%a', dir, join(dir, 'ca.key')], {
      encoding: 'utf8',
    });
    expect(modes).toBe('700\n600\n');
    const key = readFileSync(join(dir, 'ca.key'), 'utf8');
    expect(await ca(['init'])).toMatchObject({ code: 1 });
    expect(readFileSync(join(dir, 'ca.key'), 'utf8')).toBe(key);
  });
});

describe.skipIf(workshopMissing && !process.env['CI'])(
  'from the laptop (needs mosquitto, openssl, bash and python3)',
  () => {
    let bench: Workshop;
    let labels: string;
    /** What ssh and scp were called with: a command line is for everybody to see. */
    let calls: string;

    /** `ssh HOST command` runs it here, as a login shell would; unreachable is out of reach. */
    function play(name: string, lines: string): void {
      const path = join(bench.folder, 'bin', name);
      writeFileSync(path, `#!/usr/bin/env bash\n${lines}\n`);
      chmodSync(path, 0o755);
    }

    beforeEach(async () => {
      bench = await openWorkshop();
      labels = join(bench.folder, 'labels');
      calls = join(bench.folder, 'calls');
      mkdirSync(labels);
      play(
        'ssh',
        `printf '%s\\n' "ssh $*" >>${calls}
while [ "$1" != -- ]; do [ "$1" != -O ] || exit 0; shift; done
[ "$2" != unreachable ] || {
  cp ${bench.folder}/box.csv.report.csv ${bench.folder}/report-meanwhile 2>/dev/null
  echo 'ssh: no route to host' >&2; exit 255
}
exec sh -c "$3"`,
      );
      play(
        'scp',
        `printf '%s\\n' "scp $*" >>${calls}
while [ "$1" != -- ]; do shift; done
exec cp "$2" "\${3#*:}"`,
      );
      play('sudo', `[ "$1" != -n ] || shift; exec "$@"`);
      play('id', `[ "$*" = -u ] && { echo 1000; exit; }; exec /usr/bin/id "$@"`);
      play(
        'apt-get',
        `printf '%s\\n' "apt-get $*" >>${calls}
[ "\${*: -1}" != update ] || { touch ${bench.folder}/updated; exit; }
[ -e ${bench.folder}/updated ] || { echo 'E: 404 Not Found nodejs' >&2; exit 100; }
cp "\${*: -1}" ${bench.folder}/installed`,
      );
      const main = `"$FAKE_NODE" dist/main.js`;
      play(
        'beacon-terminal',
        `case $1 in
  provision) shift; exec ${main} provision --config "$FAKE_CONFIG" --user root --service x "$@" ;;
  label) shift; exec ${main} label --config "$FAKE_CONFIG" "$@" ;;
esac`,
      );
    });
    afterEach(async () => {
      const said = bench.everythingSaid() + (existsSync(calls) ? readFileSync(calls, 'utf8') : '');
      await bench.close();
      expect(said).not.toContain(DEMO_CLIENT_SECRET);
    });

    const common = () => [
      ...['--from', bench.answers({ mqtt: { url: bench.brokerUrl } })],
      ...['--broker-ca', join(bench.ca, 'ca.pem'), '--client-secret-file', bench.secretFile],
      ...['--label', labels],
    ];
    const sign = () => ['--sign-command', bench.signCommand];

    it('provision-device installs, provisions, has the request signed here, and fetches the label', async () => {
      const deb = join(bench.folder, 'beacon-terminal_1.deb');
      writeFileSync(deb, 'a package');
      const args = ['--deb', deb, ...common(), ...sign(), 'pi@shelf'];
      // As long as that of a Mac.
      const TMPDIR = join(bench.folder, 'T'.repeat(Math.max(1, 48 - bench.folder.length)));
      mkdirSync(TMPDIR);
      const done = await script('provision-device', args, { env: { ...bench.env, TMPDIR } });
      expect(done.stdout).toContain('online: online, idle');
      expect([0, 1]).toContain(done.code);
      expect(done.stderr).toContain('pi@shelf: done');
      expect(readFileSync(join(bench.folder, 'installed'), 'utf8')).toBe('a package');
      expect(readdirSync(labels).toSorted()).toEqual(
        ['ndef', 'pdf', 'png', 'svg'].map((format) => `label-till-1.${format}`),
      );
      expect(bench.mobilePay.pos()).toHaveLength(1);
      // Nothing is left in the folder that was made over there.
      const there = /provision --from (\S+)\/answers/.exec(readFileSync(calls, 'utf8'))?.[1] ?? '';
      expect(there).toMatch(/^\/tmp\//);
      expect(existsSync(there)).toBe(false);
      // ssh makes %C 40 letters long and adds 17; a Mac has room for 103.
      const [, socket = ''] = /ControlPath=(\S+)/.exec(readFileSync(calls, 'utf8')) ?? [];
      expect(socket).toContain(TMPDIR);
      expect(socket.replace('%C', '-'.repeat(40)).length + 17).toBeLessThan(104);
      expect(done.stdout + done.stderr).not.toContain(DEMO_CLIENT_SECRET);
    });

    it('provision-device brings a request to be signed elsewhere, and goes on with the certificate', async () => {
      const waiting = await script('provision-device', [...common(), 'shelf'], { env: bench.env });
      expect(waiting.code).toBe(75);
      expect(waiting.stderr).toMatch(
        /have .*till-1\.csr signed, then: provision-device --certificate/,
      );
      const certificate = join(bench.folder, 'signed.pem');
      writeFileSync(certificate, bench.shell(`${bench.signCommand} ${labels}/till-1.csr`));
      const args = ['--certificate', certificate, '--label', labels, 'shelf'];
      const done = await script('provision-device', args, { env: bench.env });
      expect(done.stdout).toContain('online: online, idle');
      expect(readdirSync(labels)).toContain('label-till-1.pdf');
    });

    it('provision-device passes on what provision says, and changes nothing in a dry run', async () => {
      const dry = await script('provision-device', [...common(), '--dry-run', 'shelf'], {
        env: bench.env,
      });
      expect(dry.code).toBe(0);
      expect(dry.stdout).toContain('would create the point of sale');
      expect(existsSync(bench.config)).toBe(false);
      writeFileSync(bench.secretFile, 'planted-wrong-secret\n');
      const refused = await script('provision-device', [...common(), 'shelf'], { env: bench.env });
      expect(refused.code).toBe(77);
      expect(refused.stderr).toMatch(/refuses client id[\s\S]*Remedy:/);
      expect(refused.stdout + refused.stderr).not.toContain('planted-wrong-secret');
      const lost = await script('provision-device', [...common(), 'unreachable'], {
        env: bench.env,
      });
      expect(lost.code).toBe(69);
      expect(lost.stderr).toContain('unreachable cannot be reached by ssh');
    });

    it('provision-batch goes through a box, reports what failed, and again does only that', async () => {
      const box = join(bench.folder, 'box.csv');
      writeFileSync(
        box,
        'host,terminal.id,pos.name,store\n' +
          'shelf,till-1,"Kasse 1, ved døren",\nunreachable,till-2,Kasse 2,\n"shelf",till-3,Kasse 3,Slagteren\n',
      );
      const args = [box, ...common(), ...sign()];
      const first = await script('provision-batch', args, { env: bench.env });
      expect(first).toMatchObject({ code: 1, stderr: '' });
      expect(first.stdout).toMatch(/^1\/3 till-1 at shelf: done/m);
      expect(first.stdout).toMatch(
        /^2\/3 till-2 at unreachable: failed, .*cannot be reached by ssh/m,
      );
      expect(first.stdout).toMatch(
        /^3\/3 till-3 at shelf: failed, No store .* Slagteren\. There are: \S/m,
      );
      expect(first.stdout).toContain('1 of 3 done');
      const report = readFileSync(`${box}.report.csv`, 'utf8').split('\n');
      expect(report[0]).toBe('terminal.id,host,result,seconds,reason');
      expect(report[1]).toMatch(/^till-1,"shelf",done,\d+,/);
      expect(report[2]).toMatch(/^till-2,"unreachable",failed,\d+,".*ssh"$/);
      expect(readFileSync(`${box}.logs/till-3.log`, 'utf8')).toContain('Slagteren');
      for (const log of readdirSync(`${box}.logs`)) {
        expect(readFileSync(join(`${box}.logs`, log), 'utf8')).not.toContain(DEMO_CLIENT_SECRET);
      }
      // A laptop that is closed in the middle has lost nothing.
      const meanwhile = () => readFileSync(join(bench.folder, 'report-meanwhile'), 'utf8');
      expect(meanwhile()).toMatch(/^till-1,"shelf",done,/m);
      const second = await script('provision-batch', ['--again', ...args], { env: bench.env });
      expect(meanwhile()).toMatch(/^till-1,"shelf",done,/m);
      expect(meanwhile()).toMatch(/^till-3,"shelf",failed,/m);
      expect(second.stdout).toMatch(/^1\/3 till-1 at shelf: done before$/m);
      expect(second.stdout).toContain('1 of 3 done');
    });

    it.each([
      ['no column host', 'terminal.id\ntill-1\n', /columns host and terminal\.id are needed/],
      [
        'a row without a host',
        'host,terminal.id\n,till-1\n',
        /line 2: host or terminal\.id is empty/,
      ],
      ['two rows of a name', 'host,terminal.id\na,till-1\nb,till-1\n', /two rows for till-1/],
      ['an open quote', 'host,terminal.id\n"a,till-1\n', /line 2: a quote is not closed/],
    ])('provision-batch does not begin with %s', async (_what, text, message) => {
      const box = join(bench.folder, 'box.csv');
      writeFileSync(box, text);
      const refused = await script('provision-batch', [box], { env: bench.env });
      expect(refused.code).toBe(64);
      expect(refused.stderr).toMatch(message);
    });
  },
);
