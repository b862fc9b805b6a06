import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { freePort, startMosquitto } from '../mqtt/mosquitto.ts';
import { filesUnder, openWorkshop, type Workshop, workshopMissing } from './workshop.ts';

const unit = ['--service', 'beacon-terminal.service'];
const shop = (merchantLocationId: string, storeName: string) => ({
  merchantVat: DEMO_VAT,
  merchantBrandId: 'POSDK12345',
  merchantLocationId,
  storeName,
});

describe.skipIf(workshopMissing && !process.env['CI'])(
  'provision (needs mosquitto, openssl, bash and python3)',
  () => {
    let bench: Workshop;
    beforeEach(async () => {
      bench = await openWorkshop({ stores: [shop('10001', 'Bageriet'), shop('10002', 'Kiosken')] });
    });
    afterEach(async () => {
      const said = bench.everythingSaid();
      await bench.close();
      // Whatever a test was about, no secret was ever said.
      expect(said).not.toContain(DEMO_CLIENT_SECRET);
      expect(said).not.toContain('PRIVATE KEY');
    });

    const etc = () => dirname(bench.config);
    function provisionWith(env: NodeJS.ProcessEnv, ...args: string[]) {
      const usual = ['--config', bench.config, '--user', process.getuid?.() === 0 ? 'root' : 'x'];
      return bench.run(['provision', ...usual, ...args], { env });
    }
    const provision = (...args: string[]) => provisionWith({}, ...args);
    const secret = () => ['--client-secret-file', bench.secretFile];
    const signed = () => ['--sign-command', bench.signCommand];

    it('makes a terminal that is online, from a file of answers, and again changes nothing', async () => {
      const from = bench.answers({ store: 'kiosken' });
      const all = ['--from', from, ...secret(), ...signed(), ...unit];
      const first = await provision(...all);
      expect(first).toMatchObject({ stderr: '' });
      expect(first.stdout).toMatch(/12\/12 label/);
      expect(first.stdout).toContain('online: online, idle');
      const [pos] = bench.mobilePay.pos();
      const kiosk = bench.mobilePay.stores().find((store) => store.storeName === 'Kiosken');
      expect(pos).toMatchObject({ merchantPosId: 'till-1', storeId: kiosk?.storeId });
      expect(filesUnder(etc())).toEqual([
        { path: 'config.provision.json', mode: '644' },
        { path: 'config.yaml', mode: '644' },
        ...['ndef', 'pdf', 'png', 'svg'].map((format) => ({
          path: `label-till-1.${format}`,
          mode: '644',
        })),
        { path: 'secrets', mode: '700' },
        { path: 'secrets/mobilepay-client-secret', mode: '600' },
        { path: 'secrets/till-1.key', mode: '600' },
        { path: 'till-1.csr', mode: '644' },
        { path: 'till-1.pem', mode: '644' },
      ]);
      expect(await bench.run(['config', 'check', bench.config])).toMatchObject({ code: 0 });
      for (const open of ['config.yaml', 'config.provision.json', 'till-1.csr']) {
        const text = readFileSync(join(etc(), open), 'utf8');
        expect(text).not.toContain(DEMO_CLIENT_SECRET);
      }

      const key = readFileSync(join(etc(), 'secrets/till-1.key'), 'utf8');
      const again = await provision(...all);
      expect(again).toMatchObject({ stderr: '' });
      expect(again.stdout).toMatch(/files: .*\(as they were\)/);
      expect(again.stdout).toContain('runs with this config already');
      expect(bench.mobilePay.pos()).toEqual([pos]);
      expect(readFileSync(join(etc(), 'secrets/till-1.key'), 'utf8')).toBe(key);
      expect(bench.mobilePay.violations).toEqual([]);
    });

    it('waits for a certificate that is signed elsewhere, and goes on from there', async () => {
      const from = bench.answers({ store: 'Bageriet' });
      const first = await provision('--from', from, ...secret(), ...unit);
      expect(first).toMatchObject({ code: 75, stderr: '' });
      expect(first.stdout).toContain('waiting for certificate');
      const request = join(etc(), 'till-1.csr');
      expect(first.stdout).toContain(request);
      const early = await provision('--resume', ...unit);
      expect(early).toMatchObject({ code: 75 });

      const certificate = join(bench.folder, 'signed.pem');
      const text = execFileSync('bash', ['-c', bench.signCommand], {
        input: readFileSync(request),
      });
      writeFileSync(certificate, text);
      const last = await provision('--resume', '--certificate', certificate, ...unit);
      expect(last.stderr).toBe('');
      expect(last.stdout).toContain('online: online, idle');
      expect(bench.mobilePay.pos()).toHaveLength(1);
    });

    it('leaves a secret where systemd keeps it, and takes no other beside it', async () => {
      const credentials = join(bench.folder, 'credentials');
      mkdirSync(credentials);
      const kept = join(credentials, 'mobilepay-client-secret');
      writeFileSync(kept, 'planted-older-secret', { mode: 0o600 });
      const env = { CREDENTIALS_DIRECTORY: credentials };
      const usual = ['--from', bench.answers({ store: 'Bageriet' }), ...unit];
      const refused = await provisionWith(env, ...usual, ...secret());
      expect(refused.code).toBe(78);
      expect(refused.stderr).toMatch(/systemd keeps another mobilepay-client-secret.*\n.*Remedy:/);
      expect(refused.stdout + refused.stderr).not.toContain('planted-older-secret');
      expect(filesUnder(etc())).toEqual([]);

      writeFileSync(kept, DEMO_CLIENT_SECRET);
      for (const given of [[], secret()]) {
        const written = await provisionWith(env, ...usual, ...given);
        expect(written).toMatchObject({ code: 75, stderr: '' });
        const names = filesUnder(etc()).map(({ path }) => path);
        expect(names).toContain('secrets/till-1.key');
        expect(names).not.toContain('secrets/mobilepay-client-secret');
      }
    });

    it('says in a dry run what would happen, and changes nothing', async () => {
      const from = bench.answers({ store: 'Bageriet' });
      const dry = await provision('--from', from, ...secret(), ...signed(), ...unit, '--dry-run');
      expect(dry).toMatchObject({ code: 0, stderr: '' });
      expect(dry.stdout).toContain('would create the point of sale till-1 "Kasse 1"');
      expect(dry.stdout).toContain(`would write ${bench.config}`);
      expect(dry.stdout).toContain('would run: systemctl enable beacon-terminal.service');
      expect(filesUnder(etc())).toEqual([]);
      expect(bench.mobilePay.pos()).toEqual([]);
      expect(bench.everythingSaid()).not.toMatch(/^(enable|restart|start)/m);
    });

    describe('names what is wrong, with a remedy, and writes nothing:', () => {
      const untouched = () => {
        expect(filesUnder(etc())).toEqual([]);
        expect(bench.mobilePay.pos()).toEqual([]);
      };
      const mobilepay = (over: object) => ({
        mobilepay: {
          baseUrl: bench.mobilePay.url,
          clientId: DEMO_CLIENT_ID,
          merchantVat: DEMO_VAT,
          ...over,
        },
      });

      it('a wrong secret', async () => {
        const wrong = join(bench.folder, 'wrong');
        writeFileSync(wrong, 'planted-wrong-secret\n');
        const from = bench.answers();
        const refused = await provision('--from', from, '--client-secret-file', wrong);
        expect(refused.code).toBe(77);
        expect(refused.stderr).toMatch(/refuses client id .* with this client secret.*\n.*Remedy:/);
        expect(refused.stdout + refused.stderr).not.toContain('planted-wrong-secret');
        untouched();
      });

      it('a wrong VAT number', async () => {
        const from = bench.answers(mobilepay({ merchantVat: 'DK87654321' }));
        const refused = await provision('--from', from, ...secret());
        expect(refused.code).toBe(78);
        expect(refused.stderr).toMatch(/VAT number DK87654321.*\n.*Remedy:.*merchantVat/);
        untouched();
      });

      it('no secret at all', async () => {
        const refused = await provision('--from', bench.answers());
        expect(refused.code).toBe(78);
        expect(refused.stderr).toMatch(/client secret.* missing.*\n.*--client-secret-file/);
        untouched();
      });

      it('no such store, and a store that nobody has named', async () => {
        const none = await provision('--from', bench.answers({ store: 'Slagteren' }), ...secret());
        expect(none.code).toBe(78);
        expect(none.stderr).toMatch(
          /No store .* Slagteren[\s\S]*Bageriet[\s\S]*Kiosken[\s\S]*Remedy:/,
        );
        const open = await provision('--from', bench.answers(), ...secret());
        expect(open.code).toBe(78);
        expect(open.stderr).toMatch(
          /in which of 2 stores[\s\S]*Bageriet[\s\S]*Remedy: .*pos\.storeId/,
        );
        untouched();
      });

      it('a store that MobilePay has not activated', async () => {
        const [store] = bench.mobilePay.stores();
        bench.mobilePay.setStoreActivated(store?.storeId ?? '', false);
        const refused = await provision(
          '--from',
          bench.answers({ store: 'Bageriet' }),
          ...secret(),
        );
        expect(refused.code).toBe(78);
        expect(refused.stderr).toMatch(/not activated.*\n.*Remedy:.*activate/);
        expect(bench.mobilePay.pos()).toEqual([]);
        expect(filesUnder(etc())).toEqual([]);
      });

      it('a clock that is wrong', async () => {
        bench.mobilePay.setDateOffset(-2 * 3600_000);
        const refused = await provision('--from', bench.answers(), ...secret());
        expect(refused.code).toBe(69);
        expect(refused.stderr).toMatch(/clock is wrong: .* 7[12]\d\d s ahead.*\n.*timedatectl/);
        untouched();
      });

      it('no network', async () => {
        const nowhere = `http://127.0.0.1:${await freePort()}`;
        const refused = await provision(
          '--from',
          bench.answers(mobilepay({ baseUrl: nowhere })),
          ...secret(),
        );
        expect(refused.code).toBe(69);
        expect(refused.stderr).toMatch(/MobilePay at .* refuses the connection.*\n.*Remedy:/);
        const unnamed = await provision(
          '--from',
          bench.answers({ mqtt: { url: 'mqtts://no-such-broker.invalid:8883' } }),
          ...secret(),
        );
        expect(unnamed.code).toBe(69);
        expect(unnamed.stderr).toMatch(/no-such-broker\.invalid.*cannot be resolved.*\n.*Remedy:/);
        untouched();
      });

      it('a broker that nobody vouches for', async () => {
        const from = bench.answers({ mqtt: { url: bench.brokerUrl } });
        const refused = await provision('--from', from, ...secret());
        expect(refused.code).toBe(69);
        expect(refused.stderr).toMatch(
          /certificate of the broker .* not to be trusted.*\n.*mqtt\.ca/,
        );
        untouched();
      });

      it('answers that the config schema refuses', async () => {
        const from = bench.answers({ pos: { nmae: 'Kasse 1' } });
        const refused = await provision('--from', from, ...secret());
        expect(refused.code).toBe(78);
        expect(refused.stderr).toMatch(/pos\.nmae: unknown key; did you mean name\?/);
        untouched();
      });
    });

    it('does not take a beacon id that another point of sale has', async () => {
      const pos = { name: 'Kasse 1', beaconId: '123456789012345' };
      const all = [...secret(), ...signed(), '--no-service'];
      await provision('--from', bench.answers({ store: 'Bageriet', pos }), ...all);
      const second = join(bench.folder, 'second/config.yaml');
      const from = bench.answers({ terminal: { id: 'till-2' }, store: 'Bageriet', pos });
      const refused = await provision('--from', from, ...all, '--config', second);
      expect(refused.code).toBe(78);
      expect(refused.stderr).toMatch(/has the beacon id 123456789012345.*\n.*Remedy:/);
      expect(filesUnder(dirname(second))).toEqual([]);
      expect(bench.mobilePay.pos()).toMatchObject([{ merchantPosId: 'till-1' }]);
    });

    it('takes over a point of sale only when it is told to', async () => {
      const from = bench.answers({ store: 'Bageriet' });
      const all = ['--from', from, ...secret(), ...signed(), '--no-service'];
      await provision(...all);
      const [before] = bench.mobilePay.pos();
      const second = ['--config', join(bench.folder, 'second/config.yaml')];
      const refused = await provision(...all, ...second);
      expect(refused.code).toBe(78);
      expect(refused.stderr).toMatch(/has a point of sale till-1 already.*\n.*--take-over/);
      const taken = await provision(...all, ...second, '--take-over');
      expect(taken.stdout).toContain('till-1 taken over');
      expect(bench.mobilePay.pos()).toEqual([before]);
    });

    it('knows the point of sale whose creation was never answered for its own', async () => {
      bench.mobilePay.faults.add({ kind: 'lost-answer', operation: 'createPos', count: 9 });
      const all = ['--from', bench.answers({ store: 'Bageriet' }), ...secret(), '--no-service'];
      const unanswered = await provision(...all);
      expect(unanswered.code).toBe(69);
      expect(unanswered.stderr).toMatch(/did not answer.*\n.*Remedy: Give the same command again/);
      expect(bench.mobilePay.pos()).toHaveLength(1);
      bench.mobilePay.faults.clear();
      const again = await provision(...all);
      expect(again).toMatchObject({ code: 75, stderr: '' });
      expect(again.stdout).toContain('till-1 stands already');
      expect(bench.mobilePay.pos()).toHaveLength(1);
    });

    it('goes on after each cut of the power, and makes one point of sale in all', async () => {
      const from = bench.answers({ store: 'Bageriet' });
      const usual = ['--config', bench.config, '--user', 'root', '--no-service', ...secret()];
      const all = ['provision', ...usual, '--from', from, ...signed()];
      for (const killAt of ['4/12 store', '5/12 point of sale', '6/12 files', '7/12 certificate']) {
        expect(await bench.run(all, { killAt })).toMatchObject({ code: null });
        const names = filesUnder(etc()).map(({ path }) => path);
        // Whole files only: a config that is there can be read.
        if (names.includes('config.yaml')) {
          expect(await bench.run(['config', 'check', bench.config])).toMatchObject({ code: 0 });
        }
      }
      const last = await bench.run(all);
      expect(last).toMatchObject({ code: 75, stderr: '' });
      expect(last.stdout).toContain('it lets till-1 in');
      expect(bench.mobilePay.pos()).toHaveLength(1);
      expect(bench.mobilePay.count('deletePos')).toBe(0);
    });

    it.skipIf(process.getuid?.() !== 0)(
      'gives the secrets to the user of the service, and nobody else (needs root)',
      async () => {
        const from = bench.answers({ store: 'Bageriet' });
        const all = [...secret(), ...signed(), '--no-service', '--user', 'nobody'];
        await provision('--from', from, ...all);
        const uid = Number(execFileSync('id', ['-u', 'nobody']).toString());
        const ownerOf = (path: string) => statSync(join(etc(), path)).uid;
        for (const path of ['secrets', 'secrets/mobilepay-client-secret', 'secrets/till-1.key']) {
          expect([path, ownerOf(path)]).toEqual([path, uid]);
        }
        expect(ownerOf('config.yaml')).toBe(0);
        const unknown = await provision('--from', from, ...all, '--user', 'no-such-user');
        expect(unknown.code).toBe(78);
        expect(unknown.stderr).toMatch(/no user no-such-user.*\n.*Remedy: Install the package/);
      },
    );

    it('keeps the config that was there before it wrote another', async () => {
      const all = [...secret(), ...signed(), '--no-service'];
      await provision('--from', bench.answers({ store: 'Bageriet' }), ...all);
      const before = readFileSync(bench.config, 'utf8');
      const from = bench.answers({ store: 'Bageriet', terminal: { id: 'till-1', locale: 'en' } });
      await provision('--from', from, ...all);
      expect(parse(readFileSync(bench.config, 'utf8'))).toMatchObject({
        terminal: { locale: 'en' },
      });
      expect(readFileSync(`${bench.config}.before-provision`, 'utf8')).toBe(before);
    });

    it('logs in with a password where the broker wants one, both secrets coming on stdin', async () => {
      const file = join(bench.folder, 'passwords');
      const password = 'planted-mqtt-password';
      execFileSync('mosquitto_passwd', ['-b', '-c', file, 'till-1', password]);
      const broker = await startMosquitto(`allow_anonymous false\npassword_file ${file}`);
      try {
        const mqtt = { url: broker.url };
        const from = bench.answers({ mqtt, store: 'Bageriet', login: 'password' });
        const usual = ['--config', bench.config, '--user', 'root', '--from', from, ...unit];
        const files = ['--client-secret-file', '-', '--mqtt-password-file', '-'];
        const all = ['provision', ...usual, ...files];
        const wrong = `${DEMO_CLIENT_SECRET}\nplanted-wrong-password\n`;
        const refused = await bench.run(all, { input: wrong });
        expect(refused.code).toBe(69);
        expect(refused.stderr).toMatch(/does not let this terminal in[\s\S]*Remedy: .*password/);
        const done = await bench.run(all, { input: `${DEMO_CLIENT_SECRET}\n${password}\n` });
        expect(done.stderr).toBe('');
        expect(done.stdout).toContain('online: online, idle');
        expect(bench.everythingSaid()).not.toMatch(/planted-/);
        expect(parse(readFileSync(bench.config, 'utf8'))).toMatchObject({
          mqtt: { username: 'till-1' },
        });
        expect(readFileSync(bench.config, 'utf8')).not.toContain(password);
        const secrets = filesUnder(join(etc(), 'secrets'));
        expect(secrets).toContainEqual({ path: 'mqtt-password', mode: '600' });
      } finally {
        bench.systemctl('stop');
        await broker.destroy();
      }
    });

    it('takes a row of a batch, and what is common to all from a file', async () => {
      const csv = join(bench.folder, 'box.csv');
      writeFileSync(
        csv,
        'host,terminal.id,pos.name,pos.merchantPosId,store\n' +
          'pi-1,till-1,Kasse 1,,Bageriet\npi-2,till-2,"Kasse 2, ved døren",kasse-2,Kiosken\n',
      );
      const from = bench.answers({ pos: {}, terminal: {} });
      const row = ['--from', from, '--csv', csv, '--row', 'till-2'];
      const result = await provision(...row, ...secret(), ...signed(), '--no-service');
      expect(result.stderr).toBe('');
      expect(bench.mobilePay.pos()).toMatchObject([
        { merchantPosId: 'kasse-2', name: 'Kasse 2, ved døren' },
      ]);
    });

    it('will not share its name at the broker with a terminal that is online', async () => {
      const from = bench.answers({ store: 'Bageriet' });
      const all = ['--from', from, ...secret(), ...signed()];
      await provision(...all, ...unit);
      const second = ['--config', join(bench.folder, 'second/config.yaml'), '--no-service'];
      const refused = await provision(...all, ...second, '--take-over');
      expect(refused.code).toBe(78);
      expect(refused.stderr).toMatch(/Another terminal is online .* till-1.*\n.*Remedy:/);
    });

    it('tells what systemd says of a service that does not start', async () => {
      writeFileSync(join(bench.folder, 'machine/broken'), '');
      const from = bench.answers({ store: 'Bageriet' });
      const broken = await provision('--from', from, ...secret(), ...signed(), ...unit);
      expect(broken.code).toBe(69);
      expect(broken.stderr).toMatch(/does not start: Job .* failed.*\n.*journalctl -u beacon/);
    });
  },
);
