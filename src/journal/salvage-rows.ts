import type { Database } from 'better-sqlite3';

/** A damaged place costs many tries; so many are made at most for one table. */
const TRIES = 100_000;

interface Range {
  from: number;
  to: number;
}

type Row = Record<string, unknown>;

/**
 * Reads every row of a table that can be read, by an integer key: from both ends up to the damage,
 * then between ever closer limits around it. The order is not kept.
 */
export function* readableRows<T extends Row>(
  db: Database,
  table: { name: string; key: string; columns: string },
  onDamage: () => void,
): Generator<T> {
  const { name, key, columns } = table;
  const sql = `SELECT ${columns}, ${key} AS salvageKey FROM ${name}
    WHERE ${key} >= ? AND ${key} <= ? ORDER BY ${key}`;
  type Keyed = T & { salvageKey: number };
  const prepared = prepareBoth<Keyed>(db, sql);
  if (prepared === undefined) {
    onDamage();
    return;
  }
  const { forward, backward } = prepared;
  let triesLeft = TRIES;

  /** Yields rows until one cannot be read; returns the newest key, or whether all were read. */
  function* scan(
    statement: typeof forward,
    range: Range,
  ): Generator<T, { whole: boolean; last: number | undefined }> {
    let last: number | undefined;
    triesLeft -= 1;
    try {
      for (const row of statement.iterate(range.from, range.to)) {
        last = row.salvageKey;
        yield row;
      }
      return { whole: true, last };
    } catch {
      return { whole: false, last };
    }
  }

  const waiting: Range[] = [{ from: 0, to: highestKey(db, name, key) }];
  for (let range = waiting.pop(); range !== undefined; range = waiting.pop()) {
    if (triesLeft <= 0) {
      onDamage();
      continue;
    }
    const ahead = yield* scan(forward, range);
    if (ahead.whole) continue;
    const from = (ahead.last ?? range.from - 1) + 1;
    const back = yield* scan(backward, { from, to: range.to });
    if (back.whole) continue;
    const to = (back.last ?? range.to + 1) - 1;
    if (from >= to) {
      onDamage();
      continue;
    }
    const middle = Math.floor((from + to) / 2);
    waiting.push({ from, to: middle }, { from: middle + 1, to });
  }
}

/** Undefined where not even the table's name is left. */
function prepareBoth<T>(db: Database, sql: string) {
  try {
    return {
      forward: db.prepare<[number, number], T>(sql),
      backward: db.prepare<[number, number], T>(`${sql} DESC`),
    };
  } catch {
    return undefined;
  }
}

function highestKey(db: Database, name: string, key: string): number {
  try {
    return db.prepare<[], number | null>(`SELECT max(${key}) FROM ${name}`).pluck().get() ?? 0;
  } catch {
    // The end of the table is damaged: look a little beyond the last row that can be read.
    let last = 0;
    try {
      const keys = db.prepare<[], number>(`SELECT ${key} FROM ${name} ORDER BY ${key}`).pluck();
      for (const found of keys.iterate()) last = found;
    } catch {
      // As far as it goes.
    }
    return last + 1_000;
  }
}
