import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { openWorkshop, type Workshop, workshopMissing } from './workshop.ts';

const shop = (merchantLocationId: string, storeName: string) => ({
  merchantVat: DEMO_VAT,
  merchantBrandId: 'POSDK12345',
  merchantLocationId,
  storeName,
});

describe.skipIf(workshopMissing && !process.env['CI'])(
  'provision, asking (needs mosquitto, openssl, bash and python3)',
  () => {
    let bench: Workshop;
    beforeEach(async () => {
      bench = await openWorkshop({ stores: [shop('10001', 'Bageriet'), shop('10002', 'Kiosken')] });
    });
    afterEach(() => bench.close());

    /** What stands in the config already, and nobody is asked about, stays. */
    function startWithJournal(): void {
      mkdirSync(dirname(bench.config));
      writeFileSync(bench.config, `journal: { path: ${bench.folder}/journal.db }\n`);
    }

    /** What a technician sees in a real terminal while typing these answers to those questions. */
    function dialogue(args: string[], answers: [string, string][]) {
      const main = [process.execPath, 'dist/main.js', 'provision', '--config', bench.config];
      const command = [...main, '--user', 'root', ...args];
      const typist = spawn('python3', ['test/cli/typist.py'], { env: bench.env });
      typist.stdin.end(JSON.stringify({ command, answers }));
      let shown = '';
      typist.stdout.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
      });
      typist.stderr.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
      });
      return new Promise<{ code: number | null; shown: string }>((settle, reject) => {
        typist.on('error', reject);
        typist.on('close', (code) => settle({ code, shown }));
      });
    }
    const config = () => parse(readFileSync(bench.config, 'utf8')) as Record<string, unknown>;

    /** The questions up to the broker, in their order. */
    const upToBroker = (vat: string, secret: string): [string, string][] => [
      ["MobilePay's address", bench.mobilePay.url],
      ['Name of this terminal', 'till 1'],
      ['Name of this terminal', 'till-1'],
      ['client id', DEMO_CLIENT_ID],
      ['client secret (not shown)', secret],
      ['VAT number', vat],
      ['customer reads', 'Kasse 1'],
      ['Beacon id', ''],
      ['Bluetooth beacon', 'off'],
      ['Address of the broker', bench.brokerUrl],
      ['certificate authority', join(bench.ca, 'ca.pem')],
      ['logs in at the broker', 'certificate'],
    ];

    it('asks for everything once, picks the store by name, and shows no secret', async () => {
      startWithJournal();
      const answers = [...upToBroker(DEMO_VAT, DEMO_CLIENT_SECRET), ['Which one?', 'kiosken']];
      const args = ['--sign-command', bench.signCommand, '--service', 'beacon-terminal.service'];
      const { shown } = await dialogue(args, answers as [string, string][]);
      expect(shown).toContain('online: online, idle');
      // A name that is none was named and asked for again.
      expect(shown).toMatch(/terminal\.id must be 1 to 36/);
      expect(shown).toMatch(/1 {2}Bageriet[\s\S]*2 {2}Kiosken/);
      expect(shown).not.toContain(DEMO_CLIENT_SECRET);
      expect(shown).not.toContain('TYPIST');
      const kiosk = bench.mobilePay.stores().find((store) => store.storeName === 'Kiosken');
      expect(bench.mobilePay.pos()).toMatchObject([{ storeId: kiosk?.storeId, name: 'Kasse 1' }]);
      expect(config()).toMatchObject({
        terminal: { id: 'till-1' },
        beacon: { mode: 'off' },
        journal: { path: join(bench.folder, 'journal.db') },
      });
    });

    it('asks anew for what was wrong, and only for that', async () => {
      startWithJournal();
      const { shown, code } = await dialogue(
        ['--no-service'],
        [
          ...upToBroker('DK87654321', 'planted-wrong-secret'),
          ['Remedy', ''],
          ['client secret (not shown)', DEMO_CLIENT_SECRET],
          ['Remedy', DEMO_VAT],
          ['Which one?', '1'],
        ],
      );
      expect(shown).toMatch(/refuses client id[\s\S]*does not know the VAT number DK87654321/);
      expect(shown.match(/Name of this terminal/g)?.length).toBeGreaterThan(0);
      expect(shown).toContain('waiting for certificate');
      expect(code).toBe(75);
      for (const secret of ['planted-wrong-secret', DEMO_CLIENT_SECRET]) {
        expect(shown).not.toContain(secret);
      }
      const secrets = join(dirname(bench.config), 'secrets/mobilepay-client-secret');
      expect(readFileSync(secrets, 'utf8')).toBe(`${DEMO_CLIENT_SECRET}\n`);
    });

    it('goes on where it stopped without asking again, but for that', async () => {
      const from = bench.answers({ store: 'Bageriet' });
      const usual = ['--config', bench.config, '--user', 'root', '--no-service'];
      const secret = ['--client-secret-file', bench.secretFile];
      await bench.run(['provision', ...usual, '--from', from, ...secret]);
      const request = join(dirname(bench.config), 'till-1.csr');
      const signed = join(bench.folder, 'signed.pem');
      writeFileSync(signed, bench.shell(`${bench.signCommand} ${request}`));
      const { shown } = await dialogue(
        ['--no-service', '--certificate', signed],
        [['Go on where it stopped', 'y']],
      );
      expect(shown).toContain('certificate: signed elsewhere');
      expect(shown).not.toContain('Name of this terminal');
    });
  },
);
