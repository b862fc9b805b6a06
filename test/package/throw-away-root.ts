import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';

export interface Outcome {
  code: number | null;
  /** stdout and stderr, as a person at the screen reads them. */
  said: string;
}

/** This computer's files, under a layer that is gone afterwards, with its own package database. */
export interface ThrowAwayRoot {
  /** A shell command in it, as root. */
  run(command: string): Promise<Outcome>;
  /** The same; throws when it fails. Returns what was said. */
  must(command: string): Promise<string>;
  close(): Promise<void>;
}

const LAY = `
set -e
mount -t tmpfs -o size=2g tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
mount -t proc proc /mnt/root/proc
mount --rbind /dev /mnt/root/dev
mount -t tmpfs tmpfs /mnt/root/run
mount -t tmpfs tmpfs /mnt/root/tmp
mkdir /mnt/root/given
mount --bind "$1" /mnt/root/given
echo ready
exec $2
`;

/** Runs in mounts of its own what lays the root, and then a program in its place. */
const layAnd = (folder: string, program: string) => [
  ...['--mount', '--propagation', 'private'],
  ...['sh', '-c', LAY, 'sh', folder, program],
];

/** Not everybody may lay one file system over another: some containers keep it even from root. */
export const mayOverlay = spawnSync('unshare', layAnd(tmpdir(), 'true')).status === 0;

/** @param folder of the host that is seen as /given, for reading */
export async function openThrowAwayRoot(folder: string): Promise<ThrowAwayRoot> {
  const keeper = spawn('unshare', layAnd(folder, 'sleep infinity'), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const begun = await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'exit')]);
  if (String(begun[0]).trim() !== 'ready') throw new Error('no root could be laid over this one');

  async function run(command: string): Promise<Outcome> {
    const child = spawn(
      'nsenter',
      [
        ...['--target', String(keeper.pid), '--mount', 'chroot', '/mnt/root'],
        ...['env', '-i', 'HOME=/root', 'LANG=C.UTF-8', 'DEBIAN_FRONTEND=noninteractive'],
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        ...['sh', '-c', `exec 2>&1; cd /; ${command}`],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exit = once(child, 'exit');
    const said = await text(child.stdout);
    const [code] = (await exit) as [number | null];
    return { code, said };
  }

  return {
    run,
    async must(command) {
      const { code, said } = await run(command);
      if (code !== 0) throw new Error(`${command}\nended with ${code}:\n${said}`);
      return said;
    },
    async close() {
      const gone = once(keeper, 'exit');
      keeper.kill('SIGKILL');
      await gone;
    },
  };
}
