import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/journal/sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'beacon-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A collector that works on its own, with no JavaScript below it on the stack. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { execution: 'async' }) => Promise<void>;
  await collect({ execution: 'async' });
}

describe('a database', () => {
  it('and its statements are never collected: Node 24.19 would abort', async () => {
    const open = () => {
      const db = openSqlite(join(folder, 'a.db'));
      db.exec('CREATE TABLE IF NOT EXISTS t (n INTEGER); INSERT INTO t VALUES (1), (2)');
      const seen = new WeakRef(db.prepare('SELECT n FROM t'));
      for (const _row of db.prepare('SELECT n FROM t').iterate()) break;
      db.close();
      return { db: new WeakRef(db), statement: seen };
    };
    const opened = Array.from({ length: 20 }, open);
    await collectGarbage();
    await collectGarbage();
    for (const { db, statement } of opened) {
      expect(db.deref()).toBeDefined();
      expect(statement.deref()).toBeDefined();
    }
  });

  it('obeys a pragma each time it is given, also those that act when compiled', () => {
    const db = openSqlite(join(folder, 'b.db'));
    for (const timeout of [0, 1_000, 0, 1_000]) {
      db.pragma(`busy_timeout = ${timeout}`);
      expect(db.pragma('busy_timeout', { simple: true })).toBe(timeout);
    }
    for (const mode of [1, 2, 1, 2]) {
      db.pragma(`synchronous = ${mode}`);
      expect(db.pragma('synchronous', { simple: true })).toBe(mode);
    }
    db.pragma('user_version = 7');
    expect(db.pragma('user_version')).toEqual([{ user_version: 7 }]);
    db.close();
  });
});
