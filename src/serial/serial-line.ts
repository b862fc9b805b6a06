import type { Logger } from 'pino';
import { SerialPort } from 'serialport';

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;
/** Who takes nothing for so long is as good as gone: a hung adapter, or flow control held. */
const WRITE_TIMEOUT_MS = 3000;
const CLOSE_TIMEOUT_MS = 800;
/** A timer that comes so late says that the process was busy with itself. */
const DEAF_MS = 250;

/** Why a port cannot be used now. */
export type SerialTrouble = 'no-permission' | 'unreachable';

export interface SerialLineOptions {
  path: string;
  baudRate: number;
  logger: Logger;
  /** The port is open, for the first time or again: whatever was written before may be lost. */
  onOpen?: () => void;
  onData?: (bytes: Uint8Array) => void;
  /** Told at each change; null: the port is open. */
  onTrouble?: (trouble: SerialTrouble | null) => void;
}

/** A serial port that is opened again, for ever, whenever it is lost. 8 data bits, no parity. */
export interface SerialLine {
  isOpen(): boolean;
  /** Resolves when the first attempt to open the port has ended, well or badly. */
  tried: Promise<void>;
  /** Resolves when the system has taken the bytes. Rejects when the port is not open, or is lost. */
  write(bytes: Uint8Array): Promise<void>;
  /** Lets out what was written, within a second, and opens no more. Never rejects. */
  close(): Promise<void>;
}

/** What serialport says about a port that may not be opened has no code, only words. */
function troubleOf(error: Error): SerialTrouble {
  return /permission denied|EACCES|EPERM|not permitted/i.test(error.message)
    ? 'no-permission'
    : 'unreachable';
}

export function createSerialLine(options: SerialLineOptions): SerialLine {
  const { path, baudRate, logger } = options;
  let port: SerialPort | undefined;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | undefined;
  let trouble: SerialTrouble | null | undefined;
  let closing: Promise<void> | undefined;
  let firstTried: () => void = () => {};
  const tried = new Promise<void>((resolve) => {
    firstTried = resolve;
  });

  function note(next: SerialTrouble | null, error?: Error): void {
    if (closing !== undefined || trouble === next) return;
    if (next === null) logger.info({ path }, 'the serial port is open');
    else logger.warn({ path, err: error }, 'the serial port cannot be used; it is tried again');
    trouble = next;
    options.onTrouble?.(next);
  }

  function open(): void {
    const opened = new SerialPort({ path, baudRate, autoOpen: false });
    // Also what makes it read at all, and so notice that the cable was pulled.
    opened.on('data', (bytes: Uint8Array) => {
      if (port === opened) options.onData?.(bytes);
    });
    opened.on('error', (error) => lost(opened, error));
    opened.on('close', (error: Error | null) =>
      lost(opened, error ?? new Error('the port was closed')),
    );
    opened.open((error) => {
      if (closing !== undefined) {
        if (error === null) opened.close();
      } else if (error) {
        lost(opened, error);
      } else {
        port = opened;
        retryMs = FIRST_RETRY_MS;
        note(null);
        options.onOpen?.();
      }
      firstTried();
    });
  }

  let pending: SerialPort | undefined;
  /** Ends this port, once, and begins with the next one later. */
  function lost(which: SerialPort, error: Error): void {
    if (pending === which || (port !== undefined && port !== which)) return;
    pending = which;
    port = undefined;
    note(troubleOf(error), error);
    if (which.isOpen) which.close(() => {});
    if (closing !== undefined) return;
    retry = setTimeout(open, retryMs);
    retry.unref();
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  }

  function write(bytes: Uint8Array): Promise<void> {
    const target = port;
    if (target === undefined) return Promise.reject(new Error(`${path} is not open`));
    return new Promise((resolve, reject) => {
      const stopWaiting = afterIdle(WRITE_TIMEOUT_MS, () => {
        const error = new Error(`${path} takes nothing`);
        lost(target, error);
        reject(error);
      });
      target.write(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes), (error) => {
        stopWaiting();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  async function end(): Promise<void> {
    clearTimeout(retry);
    const last = port;
    port = undefined;
    if (last === undefined) return;
    await within(CLOSE_TIMEOUT_MS, (done) => last.drain(done));
    await within(CLOSE_TIMEOUT_MS, (done) => {
      if (last.isOpen) last.close(done);
      else done();
    });
  }

  open();
  return {
    isOpen: () => port !== undefined,
    tried,
    write,
    close: () => (closing ??= end()),
  };
}

/**
 * Calls back after this time, in which the process could hear of other things: while a small computer
 * loads its programs nothing gets through, and late is not lost. Returns what calls it off.
 */
function afterIdle(ms: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  function wait(): void {
    const dueAt = performance.now() + ms;
    timer = setTimeout(() => {
      if (performance.now() - dueAt > DEAF_MS) wait();
      else act();
    }, ms);
    timer.unref();
  }
  wait();
  return () => clearTimeout(timer);
}

function within(ms: number, work: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    work(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
