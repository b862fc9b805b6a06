import type { Database, Options, Statement } from 'better-sqlite3';
import BetterSqlite from 'better-sqlite3';

/**
 * better-sqlite3 12 aborts the whole process on Node 24.19 and newer when the garbage collector
 * takes one of its objects: `ObjectWrap` there looks for the environment of the current context,
 * and a collection may have none. So none of them ever becomes garbage. Version 13 needs no such
 * care, and refuses Node 20.
 */
const kept: object[] = [];

function keep<T extends object>(wrapped: T): T {
  kept.push(wrapped);
  return wrapped;
}

/**
 * Opens a database whose statements live as long as the process: prepare them once, not per use.
 * A pragma that sets something returns nothing.
 */
export function openSqlite(path: string, options?: Options): Database {
  const db = keep(new BetterSqlite(path, options));
  const prepare = db.prepare.bind(db) as (sql: string) => Statement;
  const prepareAndKeep = (sql: string) => {
    const statement = keep(prepare(sql));
    const iterate = statement.iterate.bind(statement);
    statement.iterate = (...parameters) => keep(iterate(...parameters));
    return statement;
  };
  const queries = new Map<string, Statement>();
  db.prepare = prepareAndKeep as Database['prepare'];
  db.pragma = (text, { simple = false } = {}) => {
    if (text.includes('=')) {
      // Many of these act while they are compiled: a kept statement would not act again.
      db.exec(`PRAGMA ${text}`);
      return [];
    }
    const query = queries.get(text) ?? prepareAndKeep(`PRAGMA ${text}`);
    queries.set(text, query);
    const rows = query.all() as Record<string, unknown>[];
    return simple ? Object.values(rows[0] ?? {})[0] : rows;
  };
  return db;
}
