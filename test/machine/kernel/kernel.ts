import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside the kernels that were built, the package they are built from; see fetch.sh. */
const cache = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'beacon-terminal/machine',
);
const recipe = ['build.sh', 'init', '../guest/phone.c'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);
/** What runs on the host, and what the guest runs of the host's files. */
const programs = {
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  cpio: 'cpio',
  modprobe: 'kmod',
  make: 'make',
  gcc: 'gcc',
  socat: 'socat',
  btvirt: 'bluez-test-tools',
  gatttool: 'bluez',
  'dbus-daemon': 'dbus',
  udevadm: 'udev',
  'systemd-analyze': 'systemd',
  'mkfs.ext4': 'e2fsprogs',
  mosquitto: 'mosquitto',
};

function isProgram(name: string): boolean {
  return [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) =>
    existsSync(join(folder, name)),
  );
}

interface KernelPackage {
  path: string;
  version: string;
}

/** The package whose headers are installed; its modules are built against them. */
function kernelPackage(): KernelPackage | undefined {
  const files = existsSync(cache) ? readdirSync(cache) : [];
  return files
    .flatMap((file) => {
      const version = /^linux-image-([^_]+)_.*\.deb$/.exec(file)?.[1];
      if (version === undefined || !existsSync(`/lib/modules/${version}/build`)) return [];
      return [{ path: join(cache, file), version }];
    })
    .at(-1);
}

/** What keeps this computer from running the machine; empty: nothing. */
export function missingForMachine(): string[] {
  if (process.platform !== 'linux' || process.arch !== 'x64') return ['Linux on x86-64'];
  const packages = Object.entries(programs).flatMap(([name, from]) =>
    isProgram(name) ? [] : [from],
  );
  const kernel = kernelPackage();
  if (kernel === undefined) return [...packages, 'a kernel: test/machine/kernel/fetch.sh'];
  const [series] = /^\d+\.\d+/.exec(kernel.version) ?? [''];
  if (!existsSync(`/usr/src/linux-source-${series}.tar.xz`))
    packages.push(`linux-source-${series}`);
  return packages;
}

/**
 * The folder of vmlinuz, initrd.gz, modules/ and phone. Built when there is none of this recipe and
 * this kernel, which takes half a minute.
 */
export function buildKernel(): string {
  const kernel = kernelPackage();
  if (kernel === undefined) throw new Error(`missing: ${missingForMachine().join(', ')}`);
  const hash = createHash('sha256').update(kernel.path);
  for (const file of recipe) hash.update(readFileSync(file));
  const folder = join(cache, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  for (const old of readdirSync(cache, { withFileTypes: true })) {
    if (old.isDirectory()) rmSync(join(cache, old.name), { recursive: true });
  }
  mkdirSync(cache, { recursive: true });
  const [script = ''] = recipe;
  const built = spawnSync('bash', [script, kernel.path, folder], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  if (built.status !== 0) throw new Error(`the kernel cannot be built:\n${built.stderr}`);
  return folder;
}
