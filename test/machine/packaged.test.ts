import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../src/version.ts';
import { debName, OUT } from '../package/built.ts';
import { laterVersion } from '../package/later-version.ts';
import { BEACON_ID, type Counter, config, openCounter } from './counter.ts';
import { missingForMachine } from './kernel/kernel.ts';
import { bootMachine, type Machine } from './machine.ts';
import {
  dropIns,
  examine,
  found,
  install,
  isInService,
  layDropIn,
  permitPorts,
  provision,
  setClock,
  show,
} from './packaged-terminal.ts';
import { scan } from './phone.ts';
import { until } from './until.ts';
import { displayPort, TERMINAL_ADDRESS, whiteBoxPort } from './wiring.ts';

const built = resolve(OUT, debName('amd64'));
const LATER = `${version}+1`;
const missing = [...missingForMachine(), ...(existsSync(built) ? [] : ['scripts/build-deb amd64'])];
const needs = missing.length === 0 ? '' : ` (needs ${missing.join(', ')})`;
const dark = { green: 'off', yellow: 'off', red: 'off' } as const;
/** Longer than a guest under load takes to restart or to be upgraded. */
const PATIENT_CUSTOMER_SECONDS = 1800;
const STOP_MS = 10_000;
/** A few visits: under load a check may take longer than doctor waits for it. */
const DOCTOR_MS = 330_000;
const journal = '/var/lib/beacon-terminal/journal.db';
const secret = '/etc/beacon-terminal/secrets/mobilepay-client-secret';
const sealed = '/etc/credstore.encrypted/beacon-terminal.mobilepay-client-secret';
const examples = '/usr/share/doc/beacon-terminal/examples';

describe.skipIf(missing.length > 0 && !process.env['CI'])(
  `the package on a machine with systemd${needs}`,
  { timeout: 400_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-packaged-'));
    const later = join(folder, debName('amd64', LATER));
    const disk = join(folder, 'card');
    let counter: Counter;
    let machine: Machine;

    beforeAll(async () => {
      laterVersion(built, later, LATER);
      execFileSync('truncate', ['-s', '1G', disk]);
      execFileSync('mkfs.ext4', ['-q', disk], {
        env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
      });
      counter = await openCounter('The package', { systemd: true, disk, blank: true });
      ({ machine } = counter);
      await counter.displayCable.plugIn();
      await counter.bluetooth.plugIn();
      await install(machine, built);
      counter.transcript.note('hands', `dpkg -i ${debName('amd64')}`);
      await layDropIn(machine);
      await permitPorts(machine, displayPort, whiteBoxPort);
      await counter.plugInGpio();
      await setClock(machine);
    });
    afterAll(async () => {
      await machine?.powerOff();
      await counter?.close();
      rmSync(folder, { recursive: true });
    });

    const paymentOf = (orderId: string) =>
      counter.mobilePay.payments().find((each) => each.orderId === orderId);
    function accept(): void {
      counter.mobilePay.phone.checkIn(BEACON_ID);
      counter.mobilePay.phone.accept(BEACON_ID);
    }
    /** Starts a payment; `meanwhile` happens before its customer accepts. */
    async function sellAcross(orderId: string, meanwhile: () => Promise<unknown>): Promise<void> {
      const paid = counter.pay('12.50', orderId, PATIENT_CUSTOMER_SECONDS);
      await until(() => expect(paymentOf(orderId)).toBeDefined());
      await meanwhile();
      accept();
      expect(await paid).toBe(0);
      await until(() => expect(paymentOf(orderId)?.status).toBe('Captured'));
      expect(counter.mobilePay.payments().filter((each) => each.orderId === orderId)).toHaveLength(
        1,
      );
    }

    it('provision makes a terminal of it, whose unit takes payments', async () => {
      const said = await provision(machine, { ...config, login: 'none' });
      counter.transcript.note('hands', 'beacon-terminal provision');
      expect(said).toContain('beacon-terminal.service enabled and started');
      await machine.run('test -s /etc/beacon-terminal/label-till-9.pdf');
      expect(await machine.run(`stat -c '%a %U' ${secret}`)).toBe('600 beacon-terminal\n');
      await isInService(machine);
    });

    it('doctor finds nothing', async () => {
      await until(async () => {
        await setClock(machine);
        const report = await examine(machine, counter.transcript);
        expect(found(report, 'failed')).toEqual({});
        expect(found(report, 'warning')).toEqual({});
        // What a machine of nothing but software does not have.
        const without = ['temperature', 'power', 'broker-certificate'];
        expect(Object.keys(found(report, 'skipped'))).toEqual(without);
      }, DOCTOR_MS);
    });

    it('in its sandbox display, lights and radio work', async () => {
      await counter.shows('Betal med MobilePay', 'Scan koden');
      await counter.blinks({ ...dark, green: 'slow-blink' });
      await scan(machine, async () => {
        expect((await counter.hears('advert')).address).toBe(TERMINAL_ADDRESS);
      });
      const said = await machine.run('systemd-analyze security --no-pager beacon-terminal');
      const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
      counter.transcript.note('systemd', `exposure ${exposure}`);
      expect(exposure).toBeLessThanOrEqual(2.5);
    });

    it('sells', async () => {
      expect(await counter.sell('P1')).toBe('Captured');
    });

    it('is killed and started again when its event loop hangs, and the payment is carried on', async () => {
      await sellAcross('P2', async () => {
        const before = Number(await show(machine, 'NRestarts'));
        await machine.run('kill -USR2 $(systemctl show --value -p MainPID beacon-terminal)');
        counter.transcript.note('hands', 'the event loop hangs');
        await until(async () =>
          expect(Number(await show(machine, 'NRestarts'))).toBeGreaterThan(before),
        );
        counter.transcript.note('systemd', 'has started it again');
      });
      expect(await machine.run('journalctl -u beacon-terminal')).toMatch(/Watchdog timeout/i);
    });

    it('is upgraded in the middle of a payment, which is carried on', async () => {
      await sellAcross('P3', async () => {
        counter.transcript.note('hands', 'dpkg -i, the next version');
        await install(machine, later);
      });
      expect(await machine.run('dpkg-query -W beacon-terminal')).toContain(LATER);
      await isInService(machine);
    });

    it('doctor names what is wrong while the service runs', async () => {
      await counter.bluetooth.tearOut();
      await counter.bluetooth.block(true);
      await counter.bluetooth.plugIn();
      await counter.displayCable.pullOut();
      await machine.run(`chmod 644 ${secret}`);
      await setClock(machine, 300_000);
      await until(() => {
        expect(counter.faults()).toContain('display-unreachable');
        expect(counter.faults()).toContain('adapter-blocked');
      });
      await until(async () => {
        const report = await examine(machine, counter.transcript);
        expect(found(report, 'failed')).toMatchObject({
          'bluetooth-rfkill': 'adapter-blocked',
          display: 'display-unreachable',
          secrets: null,
          clock: 'clock-untrusted',
        });
      }, DOCTOR_MS);
      await setClock(machine);
      await machine.run(`chmod 600 ${secret}`);
      await counter.bluetooth.block(false);
      await counter.displayCable.plugIn();
      await permitPorts(machine, displayPort);
    });

    it('ends within 10 s of SIGTERM, and leaves no light on', async () => {
      const before = await machine.nowMs();
      await machine.run('systemctl stop beacon-terminal');
      const tookMs = (await machine.nowMs()) - before;
      counter.transcript.note('systemd', `has stopped it in ${(tookMs / 1000).toFixed(1)} s`);
      expect(await show(machine, 'Result')).toBe('success');
      expect(await show(machine, 'ExecMainStatus')).toBe('0');
      expect(tookMs).toBeLessThan(STOP_MS);
      await counter.blinks(dark);
    });

    it('doctor names what is wrong while the service does not run', async () => {
      await counter.bluetooth.tearOut();
      await machine.run(`set -e
        echo 0 >/sys/kernel/config/gpio-sim/counter/live
        cp -a ${secret} /root/kept-secret
        printf wrong >${secret}
        cp -a /var/lib/beacon-terminal /root/kept-journal
        pages=$(($(stat -c %s ${journal}) / 4096))
        dd if=/dev/urandom of=${journal} bs=4096 seek=1 count=$((pages - 1)) conv=notrunc status=none
        fallocate -l $(($(stat -f -c '%a * %S' /var/lib/beacon-terminal) - 8000000)) /root/everything
        pkill -f TCP-LISTEN:1883`);
      await until(async () => {
        const report = await examine(machine, counter.transcript);
        expect(found(report, 'warning')).toMatchObject({ service: null });
        expect(found(report, 'failed')).toMatchObject({
          'bluetooth-adapter': 'adapter-missing',
          'gpio-chip': 'gpio-missing',
          'mobilepay-token': 'credentials-refused',
          journal: 'journal-damaged',
          'disk-space': 'disk-full',
          'broker-reachable': null,
        });
      }, DOCTOR_MS);
      await machine.run(`set -e
        rm -r /root/everything ${journal}*
        cp -a /root/kept-journal/. /var/lib/beacon-terminal/`);
      const way = 'socat TCP-LISTEN:1883,bind=127.0.0.1,reuseaddr,fork,nodelay';
      await machine.start('way-to-broker', `${way} TCP:10.0.2.100:1883,nodelay`);
    });

    it('takes its secret sealed with the key of the machine, and never writes it to a core', async () => {
      await machine.run(`set -e
        mkdir -p -m 700 ${dirname(sealed)}
        systemd-creds encrypt --name=mobilepay-client-secret /root/kept-secret ${sealed}
        rm ${secret} /root/kept-secret
        cp ${examples}/encrypted-secrets.conf ${dropIns}/
        sync
        systemctl daemon-reload
        systemctl start beacon-terminal`);
      counter.transcript.note('hands', 'systemd-creds encrypt');
      await isInService(machine);
      const limits = await machine.run(`cat /proc/${await show(machine, 'MainPID')}/limits`);
      expect(limits).toMatch(/^Max core file size +0 +0 /m);
    });

    it('a payment is carried on after a power cut, by a unit that starts at boot', async () => {
      const { mobilePay, ports, transcript } = counter;
      const paid = counter.pay('12.50', 'P4', PATIENT_CUSTOMER_SECONDS);
      await until(() => expect(paymentOf('P4')).toBeDefined());
      // What the guest has not written to its disk is gone with its memory.
      await machine.powerOff();
      transcript.note('hands', 'pull the plug');
      accept();
      machine = await bootMachine(ports, { systemd: true, disk });
      transcript.note('machine', 'has booted again');
      expect(await paid).toBe(0);
      await until(() => expect(paymentOf('P4')?.status).toBe('Captured'));
      expect(mobilePay.payments()).toHaveLength(4);
      expect(await machine.run('beacon-terminal history')).toMatch(/P4\b/);
    });

    it('decommission takes it out of service', async () => {
      const said = await machine.run('beacon-terminal decommission --yes 2>&1');
      counter.transcript.note('hands', 'beacon-terminal decommission');
      expect(said).not.toBe('');
      expect(await show(machine, 'ActiveState')).toBe('inactive');
      expect(await show(machine, 'UnitFileState')).toBe('disabled');
      await machine.run(`test ! -e ${sealed} -a ! -e /etc/beacon-terminal/config.yaml`);
      await machine.run(`test -e ${journal}`);
      expect(counter.mobilePay.pos()).toEqual([]);
    });
  },
);
