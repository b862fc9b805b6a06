import { closeSync, openSync, writeSync } from 'node:fs';
import { openSqlite } from '../../src/journal/sqlite.ts';

export const PAGE_BYTES = 4_096;

/** Changes a closed journal behind its back, as a broken disk would. */
export function tamper(path: string, sql: string): void {
  const db = openSqlite(path);
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

/** The pages of a table, leaves and inner ones, by SQLite's own account. */
export function pagesOf(path: string, table: string, kind: 'leaf' | 'internal' = 'leaf'): number[] {
  const db = openSqlite(path, { readonly: true });
  try {
    return db
      .prepare<[string, string], number>(
        'SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ? ORDER BY pageno',
      )
      .pluck()
      .all(table, kind);
  } finally {
    db.close();
  }
}

export function overwrite(path: string, bytes: Buffer, at: number): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, bytes, 0, bytes.length, at);
  } finally {
    closeSync(file);
  }
}

export function ruinPage(path: string, page: number): void {
  overwrite(path, Buffer.alloc(PAGE_BYTES, 0xa5), (page - 1) * PAGE_BYTES);
}
