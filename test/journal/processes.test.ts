import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openJournalReader } from '../../src/journal/journal-reader.ts';
import { tryToReopen } from '../../src/journal/reopening.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import { otherProcesses } from './other-process.ts';
import { batch, journalAt, journalPath, silent, temporaryFolder } from './samples.ts';

const shell = (script: string) => spawnSync('sh', ['-c', script]);
const inOtherProcess = otherProcesses();
const openIt = (path: string) => () => openJournal({ path, keepDays: 400, logger: silent });

describe('two processes and one journal', () => {
  const holder = `
    const journal = openJournal({ path: args[0], keepDays: 400, logger });
    say('open');
    await asked();
    journal.close();
    say('closed');
    await asked();
  `;

  test('only one may write; the other is told who does', async () => {
    const path = journalPath();
    const other = inOtherProcess(holder, [path]);
    expect(await other.line()).toBe('open');
    expect(openIt(path)).toThrow(
      expect.objectContaining({
        code: 'not-permitted',
        message: expect.stringContaining(`in use by process ${other.child.pid}`),
      }),
    );
    other.tell('close');
    expect(await other.line()).toBe('closed');
    expect(() => openIt(path)().close()).not.toThrow();
  });

  test('a second opening in the same process does not take the lock away', async () => {
    const path = journalPath();
    const journal = journalAt(path);
    expect(openIt(path)).toThrow(expect.objectContaining({ code: 'not-permitted' }));
    const other = inOtherProcess(
      `try { openJournal({ path: args[0], keepDays: 400, logger }); say('open'); }
       catch (error) { say(error.code); }`,
      [path],
    );
    expect(await other.line()).toBe('not-permitted');
    journal.commit(batch());
  });

  test('a killed process leaves no lock, and everything it had committed', async () => {
    const path = journalPath();
    const other = inOtherProcess(
      `const journal = openJournal({ path: args[0], keepDays: 400, logger });
       for (let n = 1; ; n += 1) { journal.commit(start('order-' + n, n)); say(String(n)); }`,
      [path],
    );
    let committed = 0;
    while (committed < 50) committed = Number(await other.line());
    other.child.kill('SIGKILL');
    for (let line = await other.line(); line !== undefined; line = await other.line()) {
      committed = Number(line);
    }
    await other.ended;
    const journal = journalAt(path);
    const orders = journal.openOrders().map(({ orderId }) => orderId);
    expect(orders.length).toBeGreaterThanOrEqual(committed);
    expect(orders.length).toBeLessThanOrEqual(committed + 1);
    expect(journal.outboxLength()).toBe(orders.length);
    const reader = openJournalReader(path);
    expect(reader.verifyAll()).toEqual([]);
    reader.close();
  });

  test('readers see whole commits while the other writes', async () => {
    const path = journalPath();
    journalAt(path).close();
    const other = inOtherProcess(
      `const journal = openJournal({ path: args[0], keepDays: 400, logger });
       for (let n = 1; n <= 300; n += 1) journal.commit(start('order-' + n, n));
       say('done'); await asked(); journal.close();`,
      [path],
    );
    const written = other.line();
    let done = false;
    void written.then(() => {
      done = true;
    });
    const seen = new Set<number>();
    while (!done) {
      const reader = openJournalReader(path);
      const orders = reader.orders.open().length;
      expect(reader.outboxLength()).toBe(orders);
      expect(reader.verifyAll()).toEqual([]);
      reader.close();
      seen.add(orders);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await written).toBe('done');
    const reader = openJournalReader(path);
    expect(reader.orders.open()).toHaveLength(300);
    reader.close();
    other.tell('end');
    expect(await other.ended).toBe(0);
    expect(seen.size).toBeGreaterThan(1);
  });
});

const mountPoint = '/tmp/beacon-terminal-journal-mount-probe';
const mayMount = (() => {
  mkdirSync(mountPoint, { recursive: true });
  const probe = shell(`mount -t tmpfs -o size=64k tmpfs ${mountPoint}`);
  if (probe.status === 0) shell(`umount ${mountPoint}`);
  rmSync(mountPoint, { recursive: true });
  return probe.status === 0;
})();

describe('a full disk', () => {
  const writer = `
    const journal = openJournal({ path: args[0], keepDays: 400, logger });
    let n = 0;
    const fill = () => {
      try { for (;;) { journal.commit(start('order-' + (n + 1), n + 1)); n += 1; } }
      catch (error) { return error; }
    };
    const error = fill();
    say(JSON.stringify({ code: error.code, message: error.message, n }));
    say(String(journal.openOrders().length + ' ' + journal.outboxLength()));
    if (await asked() === 'again') {
      journal.commit(start('order-' + (n + 1), n + 1));
      say(String(journal.openOrders().length + ' ' + journal.outboxLength()));
    }
    journal.close();
  `;
  async function filled(path: string, before: string[]) {
    const other = inOtherProcess(writer, [path], before);
    const said = JSON.parse((await other.line()) ?? '{}') as Record<string, unknown>;
    return { other, said, left: await other.line() };
  }

  test('refuses the commit with disk-full, and keeps nothing of it', async () => {
    const path = journalPath();
    // Files may grow to 2 MB: 2,048 blocks of 1 KB in bash.
    const { other, said, left } = await filled(path, [
      'bash',
      '-c',
      'ulimit -f 2048; exec "$0" "$@"',
    ]);
    expect(said).toMatchObject({ code: 'disk-full', message: expect.stringContaining(path) });
    expect(said['n']).toBeGreaterThan(10);
    expect(left).toBe(`${said['n']} ${said['n']}`);
    other.tell('end');
    expect(await other.ended).toBe(0);
    expect(journalAt(path).openOrders()).toHaveLength(Number(said['n']));
  });

  test.skipIf(!mayMount)(
    'takes commits again once there is space (needs the right to mount a tmpfs)',
    async () => {
      const folder = temporaryFolder();
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      shell(`mount -t tmpfs -o size=3m tmpfs ${disk}`);
      onTestFinished(() => {
        shell(`umount -l ${disk}`);
      });
      const ballast = join(disk, 'ballast');
      writeFileSync(ballast, Buffer.alloc(500_000));
      const { other, said, left } = await filled(join(disk, 'journal.db'), []);
      expect(said).toMatchObject({ code: 'disk-full' });
      expect(left).toBe(`${said['n']} ${said['n']}`);
      rmSync(ballast);
      other.tell('again');
      const more = Number(said['n']) + 1;
      expect(await other.line()).toBe(`${more} ${more}`);
      expect(await other.ended).toBe(0);
    },
  );
});

describe('a disk that is full at the start', () => {
  test.skipIf(!mayMount)(
    'keeps the journal shut, as disk-full, until there is room (needs the right to mount a tmpfs)',
    () => {
      const folder = temporaryFolder();
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      shell(`mount -t tmpfs -o size=3m tmpfs ${disk}`);
      onTestFinished(() => {
        shell(`umount -l ${disk}`);
      });
      const options = { path: join(disk, 'journal.db'), keepDays: 400, logger: silent };
      openJournal(options).close();
      const ballast = join(disk, 'ballast');
      shell(`cat /dev/zero > ${ballast}`);
      const full = expect.objectContaining({ code: 'disk-full' });
      expect(() => openJournal(options)).toThrow(full);
      expect(() => tryToReopen(options)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
      rmSync(ballast);
      tryToReopen(options);
      openJournal(options).close();
      expect(readdirSync(disk).filter((name) => name.includes('room'))).toEqual([]);
    },
  );
});

describe('the disk', () => {
  const hasStrace = spawnSync('strace', ['-V']).status === 0;

  test.skipIf(!hasStrace && !process.env['CI'])(
    'is waited for once a commit, and never for an acknowledgement (needs strace)',
    async () => {
      const path = journalPath();
      const trace = `${path}.trace`;
      const other = inOtherProcess(
        `const journal = openJournal({ path: args[0], keepDays: 400, logger });
         say('MARK commits');
         for (let n = 1; n <= 40; n += 1) { journal.commit(start('order-' + n, n)); say('MARK ' + n); }
         journal.outboxAcknowledged(10);
         say('MARK acknowledged');
         journal.commit(start('order-41', 41));
         say('MARK end');
         journal.close();`,
        [path],
        ['strace', '-f', '-qq', '-e', 'trace=fdatasync,fsync,write', '-o', trace],
      );
      expect(await other.ended).toBe(0);
      const marks: number[] = [];
      for (const line of readFileSync(trace, 'utf8').split('\n')) {
        if (/write\(1, "MARK/.test(line)) marks.push(0);
        else if (/\bf(data)?sync\(/.test(line) && marks.length > 0) {
          marks[marks.length - 1] = (marks.at(-1) ?? 0) + 1;
        }
      }
      // After 'commits' come 40 commits; after the 40th mark only the acknowledgement.
      expect(marks.slice(0, 42)).toEqual([...Array(40).fill(1), 0, 1]);
    },
  );

  test.skipIf(!hasStrace && !process.env['CI'])(
    'has the whole of a journal that was just copied there before anything is committed (needs strace)',
    async () => {
      const origin = journalPath();
      journalAt(origin).close();
      const path = journalPath();
      copyFileSync(origin, path);
      const trace = `${path}.trace`;
      const other = inOtherProcess(
        `const journal = openJournal({ path: args[0], keepDays: 400, logger });
         say('MARK');
         journal.close();`,
        [path],
        ['strace', '-f', '-y', '-qq', '-e', 'trace=fdatasync,fsync,write', '-o', trace],
      );
      expect(await other.ended).toBe(0);
      const [opening = ''] = readFileSync(trace, 'utf8').split('MARK');
      const synced = [...opening.matchAll(/sync\(\d+<([^>]*)>/g)].map(([, file]) => file);
      expect(synced.slice(0, 2)).toEqual([path, dirname(path)]);
    },
  );

  test('holds a log that is reserved when the journal opens', () => {
    const path = journalPath();
    journalAt(path);
    expect(existsSync(`${path}-wal`)).toBe(true);
    expect(statSync(`${path}-wal`).size).toBe(1_048_576);
  });
});
