import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where Debian has mkfs and sfdisk, which is not on everybody's path. */
export const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`;
const env = { ...process.env, PATH };
export const MIB = 1024 * 1024;
const SECTOR = 512;

const tools = ['sfdisk', 'mkfs.ext4', 'mkfs.vfat', 'debugfs', 'mcopy', 'dpkg-deb'];
/** The tools that are not there: without them there is no image to look at. */
export const missingTools = tools.filter(
  (tool) => spawnSync('sh', ['-c', `command -v ${tool}`], { env }).status !== 0,
);

export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
}

function put(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
}

export const STOCK_CONFIG = 'dtparam=audio=on\n\n[cm5]\ndtoverlay=dwc2,dr_mode=host\n';
export const STOCK_CMDLINE =
  'console=serial0,115200 console=tty1 root=PARTUUID=5ea1c0de-02 rootfstype=ext4 fsck.repair=yes rootwait quiet init=/usr/lib/raspberrypi-sys-mods/firstboot\n';
const STOCK_FSTAB = `proc            /proc           proc    defaults          0       0
PARTUUID=5ea1c0de-01  /boot/firmware  vfat    defaults          0       2
PARTUUID=5ea1c0de-02  /               ext4    defaults,noatime  0       1
/swapfile none swap sw 0 0
`;

/** An image laid out as Raspberry Pi OS Lite is, with as little in it as will do. */
export function makeStockImage(
  file: string,
  { codename = 'trixie', cmdline = STOCK_CMDLINE }: { codename?: string; cmdline?: string } = {},
): void {
  const tree = `${file}.tree`;
  put(join(tree, 'etc/os-release'), `PRETTY_NAME="Debian"\nVERSION_CODENAME=${codename}\n`);
  put(join(tree, 'etc/fstab'), STOCK_FSTAB);
  put(join(tree, 'etc/systemd/system/multi-user.target.wants/.keep'), '');
  put(join(tree, 'etc/cloud/cloud.cfg'), 'users: []\n');
  mkdirSync(join(tree, 'root'), { mode: 0o700 });
  for (const folder of ['boot/firmware', 'usr/local/sbin', 'var/lib/systemd']) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  writeFileSync(`${file}.cmdline`, cmdline);
  const [boot, root] = [`${file}.boot`, `${file}.root`];
  writeFileSync(boot, '');
  truncateSync(boot, 8 * MIB);
  run('mkfs.vfat', '-n', 'bootfs', boot);
  run('mcopy', '-i', boot, `${file}.cmdline`, '::cmdline.txt');
  writeFileSync(`${file}.config`, STOCK_CONFIG);
  run('mcopy', '-i', boot, `${file}.config`, '::config.txt');
  run('mkfs.ext4', '-q', '-L', 'rootfs', '-d', tree, boot.replace(/boot$/, 'root'), '24M');
  const table =
    'label: dos\nlabel-id: 0x5ea1c0de\nstart=8192, size=16384, type=c\nstart=24576, size=49152, type=83\n';
  writeFileSync(file, '');
  truncateSync(file, (24_576 + 49_152) * SECTOR);
  execFileSync('sfdisk', ['-q', file], { env, input: table });
  insert(file, boot, 8192);
  insert(file, root, 24_576);
  for (const rest of [tree, `${file}.cmdline`, `${file}.config`, boot, root])
    rmSync(rest, { recursive: true });
}

function insert(file: string, part: string, sector: number): void {
  run('dd', `if=${part}`, `of=${file}`, `seek=${sector}`, 'conv=notrunc,sparse', 'status=none');
}

export interface Partition {
  start: number;
  size: number;
  type: string;
}

export function partitionsOf(image: string): { id: string; partitions: Partition[] } {
  const { partitiontable } = JSON.parse(run('sfdisk', '--json', image)) as {
    partitiontable: { id: string; partitions: Partition[] };
  };
  return partitiontable;
}

/** A partition of an image, read without mounting it. */
export interface FileSystem {
  /** The partition in a file of its own. */
  file: string;
  read(path: string): string;
  /** `0600 0:0`, or null where there is nothing. */
  rights(path: string): string | null;
  linkTo(path: string): string | undefined;
  list(folder: string): string[];
}

export function ext4Of(image: string, index: number): FileSystem {
  const part = partitionsOf(image).partitions[index];
  if (part === undefined) throw new Error(`${image} has no partition ${index + 1}`);
  const file = `${image}.${index + 1}`;
  const cut = [`skip=${part.start}`, `count=${part.size}`, 'conv=sparse', 'status=none'];
  run('dd', `if=${image}`, `of=${file}`, ...cut);
  truncateSync(file, part.size * SECTOR);
  const ask = (request: string) =>
    spawnSync('debugfs', ['-R', request, file], { encoding: 'utf8', env }).stdout;
  const stat = (path: string) => ask(`stat ${path}`);
  return {
    file,
    read: (path) => ask(`cat ${path}`),
    rights(path) {
      const said = stat(path);
      const mode = /Mode: +(\d+)/.exec(said)?.[1];
      const [, user, group] = /User: +(\d+) +Group: +(\d+)/.exec(said) ?? [];
      return mode === undefined ? null : `${mode} ${user}:${group}`;
    },
    linkTo: (path) => /Fast link dest: "(.*)"/.exec(stat(path))?.[1],
    list: (folder) =>
      [...ask(`ls -p ${folder}`).matchAll(/^\/\d+\/\d+\/\d+\/\d+\/([^/]+)\//gm)]
        .map((match) => match[1] ?? '')
        .filter((name) => !['.', '..', 'lost+found'].includes(name)),
  };
}

/** A text file of the boot partition. */
export function bootFileOf(image: string, name: string): string {
  const start = partitionsOf(image).partitions[0]?.start ?? 0;
  return run('mtype', '-i', `${image}@@${start * SECTOR}`, `::${name}`);
}

/** A Debian package with nothing in it. */
export function makePackage(file: string, name: string, architecture = 'arm64'): void {
  const tree = `${file}.tree`;
  const control = `Package: ${name}\nVersion: 1\nArchitecture: ${architecture}\nMaintainer: x <x@localhost>\nDescription: x\n`;
  put(join(tree, 'DEBIAN/control'), control);
  run('dpkg-deb', '--root-owner-group', '--build', tree, file);
  rmSync(tree, { recursive: true });
}
