import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';
import { vi } from 'vitest';

const socatAvailable = spawnSync('socat', ['-V']).error === undefined;
/** In CI nothing is skipped. */
export const skipWithoutSocat = !socatAvailable && !process.env['CI'];

/** Two serial ports joined by a null-modem cable: ours, and the device's, which the test holds. */
export interface PtyPair {
  /** The path our side opens. */
  port: string;
  /** All that arrived at the device since it was plugged in. */
  received(): Buffer;
  /** The device sends. */
  send(bytes: Uint8Array): void;
  /** Pulls the cable: both ports are gone. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
  dispose(): Promise<void>;
}

export async function createPtyPair(): Promise<PtyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-pty-'));
  const port = join(folder, 'ours');
  const theirs = join(folder, 'theirs');
  let socat: ChildProcess | undefined;
  let device: ReadStream | undefined;
  let descriptor = -1;
  let received: Buffer[] = [];

  async function plug(): Promise<void> {
    received = [];
    socat = spawn('socat', [`pty,raw,echo=0,link=${port}`, `pty,raw,echo=0,link=${theirs}`], {
      stdio: 'ignore',
    });
    await vi.waitUntil(() => existsSync(port) && existsSync(theirs), { timeout: 10_000 });
    descriptor = openSync(theirs, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    device = new ReadStream(descriptor);
    device.on('data', (bytes: Buffer) => received.push(bytes));
    // The far end of a pulled cable reads an error.
    device.on('error', () => {});
  }
  async function unplug(): Promise<void> {
    const ending = socat;
    socat = undefined;
    device?.destroy();
    if (ending === undefined || ending.exitCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill('SIGKILL');
    await ended;
    // A pulled adapter takes its device node along.
    rmSync(port, { force: true });
    rmSync(theirs, { force: true });
  }
  await plug();
  return {
    port,
    received: () => Buffer.concat(received),
    send(bytes) {
      const writable = openSync(theirs, constants.O_WRONLY | constants.O_NOCTTY);
      try {
        writeSync(writable, bytes);
      } finally {
        closeSync(writable);
      }
    },
    unplug,
    plug,
    async dispose() {
      await unplug();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
