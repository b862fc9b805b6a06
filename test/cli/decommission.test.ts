import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectRegister, type RegisterClient } from '../../src/register/register-client.ts';
import { DEMO_CLIENT_SECRET } from '../../src/simulator/demo.ts';
import { filesUnder, openWorkshop, type Workshop, workshopMissing } from './workshop.ts';

const unit = ['--service', 'beacon-terminal.service'];
const patient = { timeout: 20_000 };

describe.skipIf(workshopMissing && !process.env['CI'])(
  'decommission (needs mosquitto, openssl, bash and python3)',
  () => {
    let bench: Workshop;
    let register: RegisterClient;
    let papers: { cert: string; key: string };

    /** A register has a certificate and rights of its own (docs/broker/beacon.acl). */
    function registersPapers() {
      const key = join(bench.folder, 'register-1.key');
      const cert = join(bench.folder, 'register-1.pem');
      const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
      const request = `openssl req -new ${newKey} -subj /CN=register-1 -keyout ${key} 2>/dev/null`;
      writeFileSync(cert, bench.shell(`${request} | ${bench.signCommand}`));
      return { cert, key };
    }

    beforeEach(async () => {
      bench = await openWorkshop();
      const made = await bench.run([
        ...['provision', '--config', bench.config, '--from', bench.answers()],
        ...['--client-secret-file', bench.secretFile, '--sign-command', bench.signCommand],
        ...['--user', 'root', ...unit],
      ]);
      expect(made.stdout).toContain('online: online, idle');
      papers = registersPapers();
      register = await connectRegister({
        urls: [bench.brokerUrl],
        prefix: 'beacon/1',
        terminalId: 'till-1',
        protocolVersion: 5,
        ca: join(bench.ca, 'ca.pem'),
        cert: papers.cert,
        key: readFileSync(papers.key, 'utf8'),
      });
      await register.whenState(({ online }) => online, 10_000);
    });
    afterEach(async () => {
      const said = bench.everythingSaid();
      await register.close();
      await bench.close();
      expect(said).not.toContain(DEMO_CLIENT_SECRET);
      expect(said).not.toContain('PRIVATE KEY');
    });

    function decommission(...args: string[]) {
      return bench.run(['decommission', '--config', bench.config, ...unit, '--yes', ...args]);
    }
    const ca = (command: string) => bench.signCommand.replace(/ sign$/, ` ${command}`);

    /** A payment that is reserved and left to the register. */
    async function reserved(orderId: string): Promise<void> {
      await begun(orderId);
      const beaconId = bench.mobilePay.pos()[0]?.beaconId ?? '';
      bench.mobilePay.phone.checkIn(beaconId);
      await vi.waitFor(() => bench.mobilePay.phone.accept(beaconId), patient);
      await vi.waitFor(async () => {
        const reply = await register.send('payment/get', { orderId });
        expect(reply).toMatchObject({ result: { outcome: 'approved' } });
      }, patient);
    }
    async function begun(orderId: string): Promise<void> {
      const reply = await register.send('payment/start', {
        orderId,
        amount: { currency: 'DKK', value: 1250 },
        autoCapture: false,
        expiresAt: new Date(Date.now() + 60_000).toISOString(),
      });
      expect(reply).toMatchObject({ ok: true });
    }
    const statusOf = (orderId: string) =>
      bench.mobilePay.payments().find((payment) => payment.orderId === orderId)?.status;

    it('deletes the point of sale, revokes the certificate, wipes the secrets, and says so', async () => {
      const etc = dirname(bench.config);
      const token = join(bench.folder, 'console-token');
      const fromAfar = join(bench.folder, 'remote-config.json');
      for (const file of [token, fromAfar]) writeFileSync(file, 'planted\n', { mode: 0o600 });
      const done = await decommission('--revoke-command', ca('revoke -'));
      expect(done).toMatchObject({ code: 0, stderr: '' });
      expect(bench.mobilePay.pos()).toEqual([]);
      expect(done.stdout).toMatch(/point of sale: till-1 deleted/);
      expect(done.stdout).toMatch(/certificate: revoked: serial number/);
      expect(done.stdout).toMatch(
        /overwritten and removed: .*mobilepay-client-secret.*till-1\.key.*console-token/,
      );
      expect(existsSync(token)).toBe(false);
      // What one merchant wanted is nothing for the next.
      expect(existsSync(fromAfar)).toBe(false);
      const left = filesUnder(etc).map(({ path }) => path);
      expect(left).toContain('config.yaml.decommissioned');
      expect(left).not.toContain('config.yaml');
      expect(left.filter((path) => /secret|\.key|provision|decommission\.json/.test(path))).toEqual(
        [],
      );
      const list = bench.shell(ca('list'));
      expect(list).toMatch(/^revoked .* till-1$/m);
      expect(existsSync(join(bench.folder, 'machine/enabled'))).toBe(false);
      expect(existsSync(join(bench.folder, 'journal.db'))).toBe(true);
      // The retained topics are empty for whoever comes later.
      expect(register.state).toMatchObject({ online: false });

      const again = await decommission();
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(again.stdout).toMatch(/Out of service already/);
      expect(bench.mobilePay.violations).toEqual([]);
    });

    it('refuses while money is reserved, and changes nothing', async () => {
      await reserved('A1');
      const refused = await decommission();
      expect(refused.code).toBe(77);
      expect(refused.stderr).toMatch(/payment A1: 12\.50 DKK, Reserved[\s\S]*Remedy: .*--settle/);
      expect(bench.mobilePay.pos()).toHaveLength(1);
      expect(existsSync(bench.config)).toBe(true);
      expect(register.state).toMatchObject({ online: true });
      expect(statusOf('A1')).toBe('Reserved');
    });

    it.each([
      ['capture', 'Captured'],
      ['cancel', 'CancelledByClient'],
    ])('settles what is reserved when told to %s', async (how, status) => {
      await reserved('A1');
      const done = await decommission('--settle', how);
      expect(done).toMatchObject({ code: 0, stderr: '' });
      expect(done.stdout).toContain(`payment/${how} A1`);
      expect(statusOf('A1')).toBe(status);
      expect(bench.mobilePay.pos()).toEqual([]);
    });

    it('waits for the terminal to finish, started again for it, but not for ever', async () => {
      await reserved('A1');
      bench.systemctl('stop');
      const late = await decommission('--settle', 'wait', '--wait', '2');
      expect(late.code).toBe(69);
      expect(late.stdout).toContain('is started, to settle what is open');
      expect(late.stderr).toMatch(/still open:\s+payment A1[\s\S]*Remedy: Have the register/);
      expect(bench.mobilePay.pos()).toHaveLength(1);

      const waiting = decommission('--settle', 'wait', '--wait', '60');
      await register.whenState(({ online }) => online, 20_000);
      const reply = await register.send('payment/capture', {
        orderId: 'A1',
        expiresAt: new Date(Date.now() + 60_000).toISOString(),
      });
      expect(reply).toMatchObject({ ok: true });
      expect(await waiting).toMatchObject({ code: 0, stderr: '' });
      expect(statusOf('A1')).toBe('Captured');
      expect(bench.mobilePay.pos()).toEqual([]);
    });

    it('never captures what the customer has not decided', async () => {
      await begun('A1');
      const waiting = await decommission('--settle', 'capture', '--wait', '1');
      expect(waiting.code).toBe(69);
      expect(waiting.stderr).toMatch(/payment A1: .*not decided yet/);
      expect(bench.mobilePay.pos()).toHaveLength(1);
      const done = await decommission('--settle', 'cancel');
      expect(done).toMatchObject({ code: 0 });
      expect(statusOf('A1')).toBe('CancelledByClient');
    });

    it('leaves a point of sale on which MobilePay has a payment that nobody here knows', async () => {
      const [pos] = bench.mobilePay.pos();
      bench.mobilePay.placePayment({ posId: pos?.posId ?? '', orderId: 'X1', status: 'Reserved' });
      const refused = await decommission();
      expect(refused.code).toBe(69);
      expect(refused.stderr).toMatch(/does not know[\s\S]*Remedy: .*payment\/cancel/);
      expect(bench.mobilePay.pos()).toEqual([pos]);
      expect(existsSync(join(dirname(bench.config), 'secrets/mobilepay-client-secret'))).toBe(true);
    });

    it('goes on where it stopped', async () => {
      bench.mobilePay.setNetwork('cut');
      const cut = await decommission();
      expect(cut.code).toBe(69);
      expect(cut.stderr).toMatch(/did not answer[\s\S]*Remedy:/);
      bench.mobilePay.setNetwork('up');
      const broken = await decommission('--revoke-command', 'echo no such thing >&2; false');
      expect(broken.code).toBe(69);
      expect(broken.stderr).toMatch(/--revoke-command failed: no such thing/);
      expect(bench.mobilePay.pos()).toEqual([]);
      const deletions = bench.mobilePay.count('deletePos');
      const done = await decommission();
      expect(done).toMatchObject({ code: 0, stderr: '' });
      expect(done.stdout).toMatch(/point of sale: done before/);
      expect(done.stdout).toMatch(/TO BE REVOKED where it was signed: serial number/);
      expect(bench.mobilePay.count('deletePos')).toBe(deletions);
    });

    it('changes nothing in a dry run, nor before it is said that it is meant', async () => {
      const before = filesUnder(dirname(bench.config));
      const dry = await decommission('--dry-run');
      expect(dry).toMatchObject({ code: 0, stderr: '' });
      expect(dry.stdout).toMatch(/would delete till-1 at MobilePay/);
      const asked = await bench.run(['decommission', '--config', bench.config, ...unit]);
      expect(asked.code).toBe(64);
      expect(asked.stderr).toContain('--yes');
      expect(filesUnder(dirname(bench.config))).toEqual(before);
      expect(bench.mobilePay.count('deletePos')).toBe(0);
      expect(register.state).toMatchObject({ online: true });
    });

    it('sees a payment that began just before the stop, and has the terminal run on', async () => {
      const start = {
        orderId: 'A1',
        amount: { currency: 'DKK', value: 1250 },
        expiresAt: new Date(Date.now() + 600_000).toISOString(),
      };
      const as = `--config ${bench.config} --cert ${papers.cert} --key ${papers.key}`;
      const send = `send payment/start '${JSON.stringify(start)}' ${as}`;
      const hook = join(bench.folder, 'machine/before-stop');
      writeFileSync(hook, `"$FAKE_NODE" dist/main.js ${send}\n`);
      const refused = await decommission();
      expect(refused.code).toBe(77);
      expect(refused.stderr).toMatch(/payment A1: 12\.50 DKK[\s\S]*Remedy: .*--settle/);
      expect(bench.mobilePay.pos()).toHaveLength(1);
      await vi.waitFor(() => expect(register.state).toMatchObject({ phase: 'paying' }), patient);
    });

    it('knows no journal that is damaged for an empty one', async () => {
      bench.systemctl('stop');
      const journal = join(bench.folder, 'journal.db');
      renameSync(journal, `${journal}.old`);
      for (const rest of ['-wal', '-shm']) rmSync(journal + rest, { force: true });
      writeFileSync(journal, 'no journal at all'.repeat(1000));
      const refused = await decommission();
      expect(refused.code).toBe(69);
      expect(bench.mobilePay.pos()).toHaveLength(1);
    });
  },
);
