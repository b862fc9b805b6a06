import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface FreeSpace {
  /** Bytes that this user may still use. */
  free: number;
  total: number;
  /** Files that may still be made; null where the file system does not count them. */
  freeFiles: number | null;
}

/** The machine: where its kernel tells about it, and what can be asked of its programs. */
export interface World {
  /** /sys */
  sysDir: string;
  /** /proc */
  procDir: string;
  /** /run */
  runDir: string;
  /** /etc */
  etcDir: string;
  nodeVersion: string;
  /** Of this process; 0 is root. */
  uid: number;
  now(): number;
  freeSpace(folder: string): Promise<FreeSpace>;
  /** What a program writes to stdout, or null where it is missing, fails, or is late. */
  output(program: string, args: readonly string[], signal: AbortSignal): Promise<string | null>;
  /** What Node runs to verify a journal. */
  journalProgram: readonly string[];
}

async function freeSpaceAt(folder: string): Promise<FreeSpace> {
  const { bavail, bsize, blocks, files, ffree } = await statfs(folder);
  return { free: bavail * bsize, total: blocks * bsize, freeFiles: files === 0 ? null : ffree };
}

function outputOf(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve) => {
    const options = {
      signal,
      killSignal: 'SIGKILL' as const,
      env: { ...process.env, LC_ALL: 'C' },
    };
    execFile(program, args, options, (error, stdout) => resolve(error === null ? stdout : null));
  });
}

/** The machine this runs on. */
export function thisMachine(): World {
  return {
    sysDir: '/sys',
    procDir: '/proc',
    runDir: '/run',
    etcDir: '/etc',
    nodeVersion: process.versions.node,
    uid: process.geteuid?.() ?? 0,
    now: Date.now,
    freeSpace: freeSpaceAt,
    output: outputOf,
    journalProgram: [fileURLToPath(new URL('./journal-process.js', import.meta.url))],
  };
}

const SYSTEMD_MS = 5_000;

/** What a program of systemd's says, which waits for half a minute where its bus is not well. */
export function systemdOutput(
  { output }: World,
  program: 'systemctl' | 'timedatectl',
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  return output(program, args, AbortSignal.any([signal, AbortSignal.timeout(SYSTEMD_MS)]));
}
