import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/journal/sqlite.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import { version } from '../../src/version.ts';
import { journalEvents, saleOf, silent, started } from '../journal/samples.ts';
import { debName, OUT, ownArchitecture, ownIsBuilt } from './built.ts';
import { laterVersion } from './later-version.ts';
import { mayOverlay, openThrowAwayRoot, type ThrowAwayRoot } from './throw-away-root.ts';

/** The next version, as far as packages go. */
const LATER = `${version}+1`;

const config = `
terminal: { id: till-1 }
mqtt: { url: "mqtt://127.0.0.1:1883" }
mobilepay:
  baseUrl: http://127.0.0.1:8081
  clientId: 00000000-0000-0000-0000-000000000000
  merchantVat: DK12345678
pos: { name: Kasse 1 }
`;

describe.skipIf(!(ownIsBuilt && mayOverlay))(
  'the package in a throw-away root (needs out/, root, and leave to mount)',
  () => {
    const given = mkdtempSync(join(tmpdir(), 'beacon-given-'));
    const arch = ownArchitecture;
    const deb = (of = version) => `/given/${debName(arch, of)}`;
    let root: ThrowAwayRoot;

    beforeAll(async () => {
      cpSync(join(OUT, debName(arch)), join(given, debName(arch)));
      laterVersion(join(given, debName(arch)), join(given, debName(arch, LATER)), LATER);
      writeFileSync(join(given, 'config.yaml'), config);
      oldJournal(join(given, 'good.db'), 'A1');
      oldJournal(join(given, 'open.db'), 'A2', { settled: false });
      oldJournal(join(given, 'bad.db'), 'A3', { damage: 'CREATE TABLE note (something TEXT)' });
      root = await openThrowAwayRoot(given);
      // A container's image may leave manuals out.
      await root.must('rm -f /etc/dpkg/dpkg.cfg.d/*');
      await haveNode(root, given, arch);
    });
    afterAll(async () => {
      await root.close();
      rmSync(given, { recursive: true });
    });

    const putJournal = (file: string) =>
      root.must(`
        rm -f /var/lib/beacon-terminal/*
        install -o beacon-terminal -g beacon-terminal -m 600 /given/${file} /var/lib/beacon-terminal/journal.db`);
    const asUser = (command: string) => `runuser -u beacon-terminal -- ${command}`;

    it('is installed: user, folders, enabled unit, and a program that runs', async () => {
      await root.must(`dpkg -i ${deb()}`);
      const groups = (await root.must('id -nG beacon-terminal')).trim().split(' ');
      expect(new Set(groups)).toEqual(new Set(['beacon-terminal', 'dialout', 'gpio']));
      expect(
        await root.must('stat -c "%a %U %n" /var/lib/beacon-terminal /etc/beacon-terminal/secrets'),
      ).toBe(
        '700 beacon-terminal /var/lib/beacon-terminal\n700 beacon-terminal /etc/beacon-terminal/secrets\n',
      );
      await root.must(
        'test -L /etc/systemd/system/multi-user.target.wants/beacon-terminal.service',
      );
      expect(await root.must('beacon-terminal --version')).toBe(`${version}\n`);
      expect(await root.must('systemd-analyze verify beacon-terminal.service')).toBe('');
    });

    it('its example config is a good one', async () => {
      expect(
        (await root.run('beacon-terminal config check /etc/beacon-terminal/example.yaml')).code,
      ).toBe(0);
    });

    it('every native part loads', async () => {
      const load = ['better-sqlite3', 'serialport', 'onoff', '@abandonware/bluetooth-hci-socket']
        .map((part) => `require('${part}')`)
        .join(';');
      const memory =
        "new (require('better-sqlite3'))(':memory:').prepare('SELECT 6 * 7').pluck().get()";
      expect(
        await root.must(`cd /usr/lib/beacon-terminal; node -e "${load}; console.log(${memory})"`),
      ).toBe('42\n');
    });

    it('has man pages and completion', async () => {
      expect(await root.must('man --warnings beacon-terminal 2>&1 | head -1')).toContain(
        'BEACON-TERMINAL(1)',
      );
      expect(await root.must('man --warnings beacon-terminal.yaml | head -1')).toContain(
        'BEACON-TERMINAL.YAML(5)',
      );
      const completed = (...words: string[]) =>
        root.must(`bash -c '
          source /usr/share/bash-completion/completions/beacon-terminal
          COMP_WORDS=(beacon-terminal ${words.join(' ')}) COMP_CWORD=${words.length}
          _beacon_terminal; echo "\${COMPREPLY[@]}"'`);
      expect(await completed('exp')).toBe('explain\n');
      expect(await completed('provision', '--client')).toBe('--client-secret-file\n');
      expect(await completed('provision', '--from', '/etc/beacon-t')).toBe(
        '/etc/beacon-terminal\n',
      );
    });

    it('an upgrade migrates the journal and keeps config and payments', async () => {
      await root.must('cp /given/config.yaml /etc/beacon-terminal/config.yaml');
      await putJournal('good.db');
      expect(await root.must(`dpkg -i ${deb(LATER)}`)).toMatch(
        /journal\.db was brought from format 1 to \d/,
      );
      expect(await root.must(asUser('beacon-terminal history'))).toContain('A1');
      expect(await root.must('stat -c "%a %U" /var/lib/beacon-terminal/journal.db')).toBe(
        '600 beacon-terminal\n',
      );
    });

    it('a migration that fails is told, keeps the old journal, and can be repeated', async () => {
      await putJournal('bad.db');
      const before = await root.must('sha256sum </var/lib/beacon-terminal/journal.db');
      const { code, said } = await root.run(`dpkg -i ${deb()}`);
      expect(code).not.toBe(0);
      expect(said).toContain('Nothing of it was changed');
      expect(said).toContain('the journal is as it was before the upgrade');
      expect(await root.must('sha256sum </var/lib/beacon-terminal/journal.db')).toBe(before);
      await putJournal('good.db');
      expect(await root.must('dpkg --configure -a')).toContain('was brought from format 1');
    });

    it('apt keeps back a Node that it would not run on', async () => {
      await root.must(`set -e
        mkdir -p /repo/node/DEBIAN; cd /repo
        printf '%s\\n' 'Package: nodejs' 'Version: 99.0.0' 'Architecture: ${arch}' \
          'Maintainer: x <x@localhost>' 'Description: x' >node/DEBIAN/control
        dpkg-deb -b node nodejs.deb
        {
          dpkg-deb -f nodejs.deb
          echo 'Filename: ./nodejs.deb'
          echo "Size: $(stat -c %s nodejs.deb)"
          echo "SHA256: $(sha256sum nodejs.deb | cut -d' ' -f1)"
        } >Packages
        rm -rf /etc/apt/sources.list* /etc/apt/preferences*
        echo 'deb [trusted=yes] file:/repo ./' >/etc/apt/sources.list
        apt-get update`);
      expect(await root.must('apt-cache policy nodejs')).toContain('99.0.0');
      for (const upgrade of ['upgrade', 'dist-upgrade']) {
        const said = await root.must(`apt-get -s ${upgrade}`);
        expect(said).toMatch(/kept back:\s+nodejs/);
        expect(said).not.toMatch(/^(Inst nodejs|Remv beacon-terminal)/m);
      }
    });

    it('under another ABI of Node it says so, and a till that runs is left alone', async () => {
      const launch = '/usr/lib/beacon-terminal/launch.mjs';
      await root.must(
        `cp ${launch} /launch; sed -i "s/^const BUILT_FOR = .*/const BUILT_FOR = '108';/" ${launch}`,
      );
      const { code, said } = await root.run('beacon-terminal --version');
      expect({ code, said }).toEqual({
        code: 78,
        said: expect.stringMatching(
          /built for Node \d+ \(ABI 108\); \/usr\/bin\/node is Node .*Install/,
        ),
      });
      const triggered = await root.must(
        'dpkg-trigger --by-package=nodejs /usr/bin/node; dpkg --configure -a',
      );
      expect(triggered).toContain('goes on until it is stopped');
      await root.must(
        `cp /launch ${launch}; dpkg-trigger --by-package=nodejs /usr/bin/node; dpkg --configure -a`,
      );
    });

    it('removing it keeps config and journal; purging takes all of it', async () => {
      await putJournal('good.db');
      await root.must('dpkg -r --force-remove-protected beacon-terminal');
      expect((await root.run('beacon-terminal --version')).code).toBe(127);
      await root.must(
        'test -e /etc/beacon-terminal/config.yaml -a -e /var/lib/beacon-terminal/journal.db',
      );
      const stores = '/etc/credstore/beacon-terminal.* /etc/credstore.encrypted/beacon-terminal.*';
      await root.must(`
        mkdir -p /etc/credstore /etc/credstore.encrypted
        for name in mobilepay-client-secret mqtt-password; do
          touch /etc/credstore/beacon-terminal.$name /etc/credstore.encrypted/beacon-terminal.$name
        done`);
      await root.must('dpkg -P beacon-terminal');
      const left = `ls -d ${stores} \
        /etc/beacon-terminal /var/lib/beacon-terminal /usr/lib/beacon-terminal /var/backups/beacon-terminal* /etc/systemd/system/*/beacon-terminal*`;
      const { said } = await root.run(left);
      expect(
        said.split('\n').filter((line) => line !== '' && !line.includes('No such file')),
      ).toEqual([]);
    });

    it.each([
      { of: 'a till', mounts: [] },
      {
        of: 'a card, whose folders are mounts',
        mounts: ['/etc/beacon-terminal', '/var/lib/beacon-terminal'],
      },
    ])(
      'purging keeps the journal of $of when something is unsettled, and says where',
      async ({ mounts }) => {
        await root.must(`dpkg -i ${deb()}; cp /given/config.yaml /etc/beacon-terminal/config.yaml`);
        await putJournal('open.db');
        const [config, state] = ['/etc/beacon-terminal', '/var/lib/beacon-terminal'];
        await root.must(`touch ${state}/console-token ${state}/remote-config.json`);
        for (const place of mounts) {
          const data = `/data${place}`;
          await root.must(`mkdir -p $(dirname ${data}); cp -a ${place} ${data}`);
          await root.must(`mount --bind ${data} ${place}`);
        }
        await root.must('dpkg -r --force-remove-protected beacon-terminal');
        const said = await root.must('dpkg -P beacon-terminal');
        const kept = /the journal is kept in (\S+)\.\n/.exec(said)?.[1];
        expect(await root.must(`stat -c "%a %U" ${kept}; ls ${kept}`)).toMatch(
          /^700 root\n(journal\.db\S*\n)+$/,
        );
        for (const place of mounts) {
          expect(await root.must(`ls -A ${place}`)).toBe('');
          await root.must(`umount ${place}; rm -r ${place}`);
        }
        await root.must(`test ! -e ${state} -a ! -e ${config}`);
      },
    );
  },
);

/** A journal in the first released format. */
function oldJournal(
  path: string,
  orderId: string,
  { settled = true, damage = '' }: { settled?: boolean; damage?: string } = {},
): void {
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  const at = Date.now() - 60_000;
  journalEvents(journal, orderId, settled ? saleOf(orderId, at) : [started(orderId, at)], settled);
  journal.close();
  const db = openSqlite(path);
  db.exec(`DROP TABLE note; PRAGMA user_version = 1; ${damage}`);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

/** The root has a package nodejs, of which the one that runs this test is made where there is none. */
async function haveNode(root: ThrowAwayRoot, given: string, arch: string): Promise<void> {
  const { said } = await root.run('dpkg-query -W nodejs');
  if (said.split(/\s+/)[1]?.startsWith(`${process.versions.node.split('.')[0]}.`)) return;
  const folder = join(given, 'nodejs');
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  mkdirSync(join(folder, 'DEBIAN'));
  cpSync(process.execPath, join(folder, 'usr/bin/node'));
  const fields = { Package: 'nodejs', Version: process.versions.node, Architecture: arch };
  const control = { ...fields, Maintainer: 'x <x@localhost>', Description: 'x' };
  writeFileSync(
    join(folder, 'DEBIAN/control'),
    Object.entries(control)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  );
  execFileSync('dpkg-deb', [
    '--root-owner-group',
    '-Znone',
    '-b',
    folder,
    join(given, 'nodejs.deb'),
  ]);
  await root.must('dpkg -i /given/nodejs.deb');
}
