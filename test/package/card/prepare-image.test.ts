import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from './sha256.ts';
import {
  bootFileOf,
  ext4Of,
  type FileSystem,
  MIB,
  makePackage,
  makeStockImage,
  missingTools,
  PATH,
  partitionsOf,
  run,
  STOCK_CONFIG,
} from './stock-image.ts';

const SECRET = 'planted-client-secret';
const script = join('scripts', 'prepare-image');
const units = '/etc/systemd/system';

describe.skipIf(missingTools.length > 0 && !process.env['CI'])(
  'prepare-image (needs fdisk, dosfstools, e2fsprogs, mtools, dpkg-deb)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-card-'));
    const file = (name: string) => join(folder, name);
    const image = file('stock.img');
    const out = file('card.img');
    let before: string;
    let said: string;

    /** Options as `--name: value`; one that is undefined is left out. */
    function prepare(options: Record<string, string | undefined> = {}, source = image, env = {}) {
      const given: Record<string, string | undefined> = {
        deb: file('beacon-terminal.deb'),
        from: file('till-1.yaml'),
        'client-secret-file': file('secret'),
        'broker-ca': file('ca.pem'),
        'boot-config': join('hardware', 'config', 'pi-4.txt'),
        'ssh-key': file('key.pub'),
        'root-size': '48',
        'data-size': '16',
        out,
        ...options,
      };
      const flags = Object.entries(given).flatMap(([name, value]) =>
        value === undefined ? [] : [`--${name}`, value],
      );
      return spawnSync(script, [source, ...flags], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], ...env },
      });
    }

    beforeAll(() => {
      makeStockImage(image);
      makePackage(file('beacon-terminal.deb'), 'beacon-terminal');
      writeFileSync(file('till-1.yaml'), 'terminal: { id: till-1 }\n');
      writeFileSync(file('secret'), `${SECRET}\n`, { mode: 0o644 });
      writeFileSync(file('ca.pem'), 'a certificate\n');
      writeFileSync(file('key.pub'), 'ssh-ed25519 AAAA technician\n');
      before = sha256(image);
      const result = prepare();
      said = result.stderr;
      expect(result.status, said).toBe(0);
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it('leaves the image it was given as it was, and nothing else behind', () => {
      expect(sha256(image)).toBe(before);
      expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
      expect(statSync(out).mode & 0o777).toBe(0o600);
      expect(said).not.toContain(SECRET);
    });

    it('keeps boot partition and disk id, grows the root, adds the data', () => {
      const { id, partitions } = partitionsOf(out);
      expect(id).toBe('0x5ea1c0de');
      expect(partitions.map(({ type }) => type)).toEqual(['c', '83', '83']);
      expect(partitions[0]).toMatchObject({ start: 8192, size: 16_384 });
      expect(partitions[1]).toMatchObject({ start: 24_576, size: (48 * MIB) / 512 });
      expect(partitions[2]?.size).toBe((16 * MIB) / 512);
      // On a boundary of 4 MiB, behind the root and within the image.
      expect((partitions[2]?.start ?? 1) % 8192).toBe(0);
      expect(partitions[2]?.start).toBeGreaterThanOrEqual(24_576 + (48 * MIB) / 512);
      expect(statSync(out).size).toBe((partitions[2]?.start ?? 0) * 512 + 16 * MIB);
    });

    it('starts without what would grow the root into the data, and mends file systems', () => {
      const words = bootFileOf(out, 'cmdline.txt').trimEnd().split(' ');
      expect(words).toContain('root=PARTUUID=5ea1c0de-02');
      expect(words).toContain('rootwait');
      expect(words.filter((word) => word === 'fsck.repair=yes')).toHaveLength(1);
      expect(words.filter((word) => /firstboot|^resize$|overlayroot/.test(word))).toEqual([]);
    });

    it('has what was given for config.txt behind what stood there, and for every board', () => {
      const given = readFileSync('hardware/config/pi-4.txt', 'utf8');
      expect(bootFileOf(out, 'config.txt')).toBe(`${STOCK_CONFIG}\n[all]\n${given}`);
    });

    describe('its root', () => {
      let root: FileSystem;
      beforeAll(() => {
        root = ext4Of(out, 1);
      });

      it('is a sound file system as large as its partition', () => {
        expect(run('e2fsck', '-fn', root.file)).toContain('rootfs');
        const header = run('dumpe2fs', '-h', root.file);
        const figure = (name: string) =>
          Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(header)?.[1]);
        expect(figure('Block count') * figure('Block size')).toBe(48 * MIB);
      });

      it('mounts the data where config and journal lie, and swaps nowhere', () => {
        const fstab = root.read('/etc/fstab');
        const lines = fstab.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
        const mounts = lines.map((line) => line.split(/\s+/));
        const at = (place: string) => mounts.find((fields) => fields[1] === place);
        expect(at('/')?.[0]).toBe('PARTUUID=5ea1c0de-02');
        expect(at('/boot/firmware')?.[0]).toBe('PARTUUID=5ea1c0de-01');
        expect(at('/var/lib/beacon-data')).toEqual([
          'LABEL=beacon-data',
          '/var/lib/beacon-data',
          'ext4',
          'noatime,data=ordered,barrier=1,errors=remount-ro,nofail,x-systemd.device-timeout=30s',
          '0',
          '2',
        ]);
        expect(at('/etc/beacon-terminal')?.[0]).toBe('/var/lib/beacon-data/etc');
        expect(at('/var/lib/beacon-terminal')?.[0]).toBe('/var/lib/beacon-data/state');
        expect(at('/var/lib/systemd/timesync')?.[0]).toBe('/var/lib/beacon-data/timesync');
        for (const place of mounts.map((fields) => fields[1] ?? '').slice(2)) {
          expect([place, root.rights(place)]).toEqual([place, expect.stringMatching(/^0755 /)]);
        }
        expect(fstab).not.toContain('swap');
        expect(root.read('/etc/rpi/swap.conf.d/90-beacon-card.conf')).toContain('Mechanism=none');
        expect(root.linkTo(`${units}/dphys-swapfile.service`)).toBe('/dev/null');
        expect(root.read('/etc/systemd/journald.conf.d/beacon-card.conf')).toContain(
          'Storage=volatile',
        );
      });

      it.each(['beacon-card-first-boot.service', 'beacon-card-boot-read-only.service'])(
        'starts %s with every boot',
        (unit) => {
          expect(root.read(`${units}/${unit}`)).toBe(readFileSync(`scripts/card/${unit}`, 'utf8'));
          expect(root.linkTo(`${units}/multi-user.target.wants/${unit}`)).toBe(`${units}/${unit}`);
          expect(root.rights('/usr/local/sbin/beacon-card')).toBe('0755 0:0');
        },
      );

      it('leaves the Bluetooth adapter to the terminal', () => {
        expect(root.linkTo(`${units}/bluetooth.service`)).toBe('/dev/null');
      });

      it('keeps the terminal from starting without its data', () => {
        const dropIn = root.read(`${units}/beacon-terminal.service.d/on-card.conf`);
        expect(dropIn).toMatch(/^ConditionPathIsMountPoint=\/var\/lib\/beacon-terminal$/m);
        expect(dropIn).toMatch(/^ConditionPathIsMountPoint=\/etc\/beacon-terminal$/m);
      });

      it('lets the technician in by key, and holds no secret', () => {
        expect(root.read('/root/.ssh/authorized_keys')).toContain('technician');
        expect(root.rights('/root/.ssh/authorized_keys')).toBe('0600 0:0');
        expect(root.rights('/root/.ssh')).toBe('0700 0:0');
        expect(root.linkTo(`${units}/multi-user.target.wants/ssh.service`)).toMatch(
          /ssh\.service$/,
        );
        expect(readFileSync(root.file).includes(SECRET)).toBe(false);
      });
    });

    it('holds what provision needs on the data partition, for root alone', () => {
      const data = ext4Of(out, 2);
      expect(run('e2fsck', '-fn', data.file)).toContain('beacon-data');
      expect(data.rights('/first-boot')).toBe('0700 0:0');
      expect(new Set(data.list('/first-boot'))).toEqual(
        new Set(['1-beacon-terminal.deb', 'answers.yaml', 'ca.pem', 'client-secret']),
      );
      for (const name of data.list('/first-boot')) {
        expect([name, data.rights(`/first-boot/${name}`)]).toEqual([name, '0600 0:0']);
      }
      expect(data.read('/first-boot/client-secret')).toBe(`${SECRET}\n`);
      expect(data.read('/first-boot/answers.yaml')).toBe('terminal: { id: till-1 }\n');
      expect(data.rights('/first-boot-pending')).not.toBeNull();
      expect(new Set(data.list('/'))).toEqual(
        new Set(['etc', 'state', 'timesync', 'first-boot', 'first-boot-pending']),
      );
    });

    const mounting = (script: string) =>
      spawnSync('unshare', ['--mount', 'sh', '-ec', script], { encoding: 'utf8' });
    const mayMount =
      mounting(`f=$(mktemp); truncate -s 2M "$f"; PATH=${PATH} mkfs.ext4 -q -F "$f"
        mount -o loop "$f" /mnt; rm "$f"`).status === 0;
    it.skipIf(!mayMount)('a kernel mounts the data as fstab says (needs loop devices)', () => {
      const line = ext4Of(out, 1)
        .read('/etc/fstab')
        .split('\n')
        .find((each) => each.startsWith('LABEL=beacon-data'));
      const options = (line?.split(' ')[3] ?? '')
        .split(',')
        .filter((option) => option !== 'nofail' && !option.startsWith('x-'))
        .join(',');
      const { file: data } = ext4Of(out, 2);
      const result = mounting(`mount -o loop,${options} ${data} /mnt
        echo written >/mnt/state/file; grep ' /mnt ' /proc/mounts; stat -c '%a %u' /mnt/first-boot`);
      expect(result).toMatchObject({ status: 0, stderr: '' });
      expect(result.stdout).toMatch(/ext4 rw,noatime.*\n700 0\n$/);
    });

    it('takes a row of a batch, a password and a second package', () => {
      makePackage(file('nodejs.deb'), 'nodejs');
      writeFileSync(file('box.csv'), 'terminal.id\ntill-7\n');
      writeFileSync(file('password'), 'pw\n');
      makeStockImage(file('bookworm.img'), { codename: 'bookworm' });
      const other = file('batch.img');
      // A repeated option is given as it would be typed.
      const { status, stderr } = spawnSync(
        script,
        [
          ...[
            file('bookworm.img'),
            '--deb',
            file('beacon-terminal.deb'),
            '--deb',
            file('nodejs.deb'),
          ],
          ...['--csv', file('box.csv'), '--row', 'till-7', '--client-secret-file', file('secret')],
          ...['--mqtt-password-file', file('password'), '--root-size', '32', '--data-size', '16'],
          ...['--out', other],
        ],
        { encoding: 'utf8' },
      );
      expect(status, stderr).toBe(0);
      const data = ext4Of(other, 2);
      expect(new Set(data.list('/first-boot'))).toEqual(
        new Set([
          ...['1-beacon-terminal.deb', '2-nodejs.deb'],
          ...['batch.csv', 'row', 'client-secret', 'mqtt-password'],
        ]),
      );
      expect(data.read('/first-boot/row')).toBe('till-7\n');
      expect(ext4Of(other, 1).rights('/root/.ssh')).toBeNull();
      expect(bootFileOf(other, 'config.txt')).toBe(STOCK_CONFIG);
    });

    it('does not write over an image, nor prepare one twice', () => {
      const written = sha256(out);
      expect(prepare()).toMatchObject({
        status: 64,
        stderr: expect.stringContaining('there already'),
      });
      expect(sha256(out)).toBe(written);
      expect(prepare({ out: file('twice.img') }, out)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/has 3 partitions.*as it was downloaded/),
      });
    });

    describe('refuses, and leaves nothing behind:', () => {
      const bad = file('bad.img');
      const stub = (name: string, text: string) => {
        const bin = mkdtempSync(file('bin-'));
        writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
        chmodSync(join(bin, name), 0o755);
        return { PATH: `${bin}:${PATH}` };
      };
      const changed = (how: Parameters<typeof makeStockImage>[1]) => {
        makeStockImage(file('changed.img'), how);
        return file('changed.img');
      };
      const text = (content: string | Buffer) => {
        writeFileSync(file('text.img'), content);
        return file('text.img');
      };
      const rootless = () => {
        makeStockImage(file('rootless.img'));
        run(
          'dd',
          'if=/dev/zero',
          `of=${file('rootless.img')}`,
          'bs=512',
          'seek=24576',
          'count=512',
          'conv=notrunc',
          'status=none',
        );
        return file('rootless.img');
      };
      const foreign = () => {
        makePackage(file('amd64.deb'), 'beacon-terminal', 'amd64');
        return file('amd64.deb');
      };
      const other = () => {
        makePackage(file('other.deb'), 'other');
        return file('other.deb');
      };
      it.each<[string, () => ReturnType<typeof prepare>, number, RegExp]>([
        ['what is no image', () => prepare({ out: bad }, text('hello')), 1, /no partition table/],
        [
          'a compressed image',
          () => prepare({ out: bad }, text(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]))),
          1,
          /unxz --keep/,
        ],
        [
          'an image that is not there',
          () => prepare({ out: bad }, file('none')),
          64,
          /cannot be read/,
        ],
        ['a root that is no ext4', () => prepare({ out: bad }, rootless()), 1, /no sound ext4/],
        [
          'another release',
          () => prepare({ out: bad }, changed({ codename: 'bullseye' })),
          1,
          /"bullseye".*Trixie/,
        ],
        [
          'Bookworm without a Node 20',
          () => prepare({ out: bad }, changed({ codename: 'bookworm' })),
          1,
          /nodejs 20 as a second --deb/,
        ],
        ['no package', () => prepare({ out: bad, deb: undefined }), 64, /--deb names the package/],
        [
          'a package that is none',
          () => prepare({ out: bad, deb: text('x') }),
          64,
          /no Debian package/,
        ],
        ['a package for amd64', () => prepare({ out: bad, deb: foreign() }), 64, /is for amd64/],
        [
          'another package alone',
          () => prepare({ out: bad, deb: other() }),
          64,
          /has to be beacon-terminal/,
        ],
        ['no answers', () => prepare({ out: bad, from: undefined }), 64, /--from/],
        ['a private ssh key', () => prepare({ out: bad, 'ssh-key': file('secret') }), 64, /\.pub/],
        [
          'a root smaller than it is',
          () => prepare({ out: bad, 'root-size': '8' }),
          64,
          /24 MiB already/,
        ],
        [
          'too little room',
          () => prepare({ out: bad }, image, stub('df', 'echo Avail; echo 1048576')),
          1,
          /MiB of room are missing/,
        ],
        [
          'data larger than its partition',
          () => {
            const large = file('large.pem');
            writeFileSync(large, Buffer.alloc(20 * MIB, 1));
            return prepare({ out: bad, 'broker-ca': large });
          },
          1,
          /is it full\?.*--data-size/,
        ],
        [
          'a tool that fails at the end',
          () => prepare({ out: bad }, image, stub('mkfs.ext4', 'exit 1')),
          1,
          /making the data partition/,
        ],
      ])('%s', (_what, attempt, status, message) => {
        const result = attempt();
        expect(result.stderr).toMatch(message);
        expect(result.status).toBe(status);
        expect(existsSync(bad)).toBe(false);
        expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
      });

      it('a missing tool, naming the package it is in', () => {
        const bin = file('few-tools');
        mkdirSync(bin);
        for (const tool of ['bash', 'dirname', 'grep', 'env']) {
          const real = run('sh', '-c', `command -v ${tool}`).trim();
          writeFileSync(join(bin, tool), `#!/bin/sh\nexec ${real} "$@"\n`, { mode: 0o755 });
        }
        // sfdisk lies where the script looks by itself; what it needs of /usr/bin is what is missing.
        const result = prepare({ out: bad }, image, { PATH: bin });
        expect(result.status).toBe(69);
        expect(result.stderr).toMatch(/mcopy is missing: apt-get install mtools/);
      });
    });
  },
);
