import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failed, ok, warning } from '../finding.ts';
import { kernelText, namesIn } from '../kernel-files.ts';
import type { Check } from '../patient.ts';
import { terminalCheck } from '../patient.ts';

const MB = 1024 * 1024;
const TOO_LITTLE = 20 * MB;
const LITTLE = 200 * MB;
const FEW_FILES = 100;

const ROOM = 'Make room: journalctl --vacuum-size=50M, apt-get clean, and see what du -xh / shows.';

/** Where the kernel has mounted the file system that a folder lies on. */
function mountOf(folder: string, procDir: string) {
  const mounts = (kernelText(join(procDir, 'self/mounts')) ?? '').split('\n').map((line) => {
    const [, at = '', type = '', options = ''] = line.split(' ');
    return { at: at.replaceAll('\\040', ' '), type, options: options.split(',') };
  });
  const above = mounts.filter(
    ({ at }) => at === '/' || at === folder || folder.startsWith(`${at}/`),
  );
  return above.reduce<(typeof mounts)[number] | undefined>(
    (deepest, mount) =>
      deepest === undefined || mount.at.length >= deepest.at.length ? mount : deepest,
    undefined,
  );
}

/** The folder itself, or the nearest above it that is there. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

/** Whether the journal has room to grow, on something that keeps it. */
export const diskSpace = terminalCheck({
  name: 'disk-space',
  async look({ config }, { freeSpace, procDir }) {
    const folder = existing(dirname(config.journal.path));
    const { free, total, freeFiles } = await freeSpace(folder);
    const seen = `${folder}: ${inWords(free)} of ${inWords(total)} free`;
    const mount = mountOf(folder, procDir);
    if (mount?.options.includes('ro')) {
      return failed(
        `${folder} is mounted read-only (${mount.at})`,
        'A card that fails becomes read-only: see dmesg, exchange it; or mount the data partition.',
        'disk-full',
      );
    }
    if (free < TOO_LITTLE) return failed(seen, ROOM, 'disk-full');
    if (freeFiles !== null && freeFiles < FEW_FILES) {
      return failed(`${folder}: room for ${freeFiles} files only`, ROOM, 'disk-full');
    }
    if (mount !== undefined && ['tmpfs', 'ramfs', 'overlay'].includes(mount.type)) {
      return warning(
        `${seen}, on ${mount.type}: the journal may not survive a power cut`,
        'Mount the data partition there before the service starts.',
      );
    }
    return free < LITTLE ? warning(seen, ROOM) : ok(seen);
  },
});

function inWords(bytes: number): string {
  return bytes >= 1024 * MB
    ? `${(bytes / 1024 / MB).toFixed(1)} GB`
    : `${Math.floor(bytes / MB)} MB`;
}

const EXCHANGE = 'Copy the journal to a new card, and exchange this one soon.';
/** JEDEC 84-B51: life used in tenths, 0x0b beyond the whole; 0 is not defined. */
const LIFE_USED_UP = 10;
const LIFE_NEARLY_USED_UP = 8;
const PRE_EOL = ['', 'normal', 'warning', 'urgent'] as const;

/** Wear that the device itself tells: eMMC does, SD cards do not. */
function wearOf(device: string) {
  const life = (kernelText(join(device, 'life_time')) ?? '').split(/\s+/).map(Number);
  return {
    usedTenths: Math.max(0, ...life.filter((tenths) => !Number.isNaN(tenths))),
    preEol: PRE_EOL[Number(kernelText(join(device, 'pre_eol_info')) ?? 0)] ?? '',
  };
}

/** Whether card and file systems show signs of their end. */
export const cardWear: Check = {
  name: 'card-wear',
  look({ world: { sysDir } }) {
    const cards = namesIn(join(sysDir, 'block'))
      .filter((name) => /^mmcblk\d+$/.test(name))
      .map((name) => {
        const device = join(sysDir, 'block', name, 'device');
        const text = (file: string) => kernelText(join(device, file)) ?? '';
        return { label: `${name} (${text('type')} ${text('name')})`, ...wearOf(device) };
      });
    const fileSystems = namesIn(join(sysDir, 'fs/ext4'))
      .filter((name) => name !== 'features')
      .map((name) => {
        const number = (file: string) =>
          Number(kernelText(join(sysDir, 'fs/ext4', name, file)) ?? 0);
        return { name, errors: number('errors_count'), writtenKb: number('lifetime_write_kbytes') };
      });
    const broken = fileSystems.filter(({ errors }) => errors > 0);
    if (broken.length > 0) {
      const seen = broken.map(({ name, errors }) => `${name}: ext4 has had ${errors} errors`);
      return failed(seen.join('; '), `Run e2fsck on it at the next boot. ${EXCHANGE}`);
    }
    const worn = cards.filter(
      ({ usedTenths, preEol }) => usedTenths > LIFE_USED_UP || preEol === 'urgent',
    );
    if (worn.length > 0) {
      return failed(`${worn.map(({ label }) => label).join(', ')}: its life is used up`, EXCHANGE);
    }
    const wearing = cards.filter(
      ({ usedTenths, preEol }) => usedTenths >= LIFE_NEARLY_USED_UP || preEol === 'warning',
    );
    if (wearing.length > 0) {
      const seen = wearing.map(
        ({ label, usedTenths }) => `${label}: up to ${usedTenths * 10} % of its life used`,
      );
      return warning(seen.join(', '), EXCHANGE);
    }
    const written = fileSystems.map(
      ({ name, writtenKb }) =>
        `${name} without errors, ${(writtenKb / 1024 / 1024).toFixed(0)} GB written`,
    );
    const seen = [...cards.map(({ label }) => label), ...written];
    return ok(seen.length === 0 ? 'no card, and no ext4 here' : seen.join('; '));
  },
};
