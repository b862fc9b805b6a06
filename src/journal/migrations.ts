import type { Database } from 'better-sqlite3';
import { TerminalError } from '../terminal-error.ts';
import { journalError } from './journal-error.ts';

/** Marks the file as ours (SQLite's application_id): "BTJ1". */
const APPLICATION_ID = 0x42544a31;

/**
 * Where an order stands. 0 open: something is owed or undecided. 1 settled. 2 archived: settled, and
 * its events and answers are packed into one row.
 */
export const standings = { open: 0, settled: 1, archived: 2 } as const;

/** Refunds lie among the orders, in the same chains and the same archive. */
export const kinds = { payment: 0, refund: 1 } as const;
export type OrderKind = (typeof kinds)[keyof typeof kinds];

/** Numbered from 1 by their place; one that was released is never changed. */
const migrations: readonly string[] = [
  `
  -- Counters and newest times, on one page: every commit touches it.
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE payment_order (
    number INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL, -- of a refund: its refundOrderId
    kind INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    newest_at INTEGER NOT NULL, -- while open: of the first entry
    captured_at INTEGER, -- of a refund: when it was paid out
    closed_position INTEGER, -- the newest place in closed_head
    remark TEXT, -- what salvage could not carry over
    UNIQUE (order_id, kind)
  ) STRICT;
  CREATE INDEX order_by_standing ON payment_order (kind, standing, newest_at);
  CREATE INDEX order_by_capture ON payment_order (captured_at) WHERE captured_at IS NOT NULL;

  -- What a refund gives back, and of what: the sum of a payment's refunds needs no folding.
  CREATE TABLE refund_terms (
    order_number INTEGER PRIMARY KEY,
    payment_id TEXT NOT NULL,
    order_id TEXT, -- of the payment, where it was named
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX refund_by_payment ON refund_terms (payment_id);
  CREATE INDEX refund_by_order ON refund_terms (order_id) WHERE order_id IS NOT NULL;

  -- place = order number * 65536 + n, so that an order's events lie side by side.
  CREATE TABLE event (
    place INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL
  ) STRICT;

  -- kind 'event': ref is n, data the values. kind 'answer': ref is the number of a command whose
  -- answer repeats them. Outside of the chain, erased when its time has come.
  CREATE TABLE personal (
    order_number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    ref INTEGER NOT NULL,
    data TEXT,
    PRIMARY KEY (order_number, kind, ref)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE closed_head (
    position INTEGER PRIMARY KEY,
    order_number INTEGER NOT NULL,
    events INTEGER NOT NULL,
    at INTEGER NOT NULL,
    head BLOB NOT NULL,
    hash BLOB NOT NULL
  ) STRICT;

  CREATE TABLE command (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    order_kind INTEGER,
    order_id TEXT,
    reply_topic TEXT,
    correlation_data TEXT,
    arrived_at INTEGER NOT NULL,
    answer TEXT
  ) STRICT;
  CREATE INDEX command_by_order ON command (order_id) WHERE order_id IS NOT NULL;
  CREATE INDEX command_unanswered ON command (number) WHERE answer IS NULL;

  CREATE TABLE outbox (
    position INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;

  CREATE TABLE archived_order (order_number INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;
  CREATE TABLE archived_command (
    id TEXT PRIMARY KEY,
    order_number INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What the terminal remembers of itself, beside its orders.
  CREATE TABLE note (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
];

const SCHEMA_VERSION = migrations.length;

/** In which format a journal is: how many migrations it has been through. */
export function formatOf(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** @throws TerminalError `journal-damaged` where the file is not a journal this version can read */
export function checkVersion(db: Database, path: string): void {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new TerminalError(
      'journal-damaged',
      `${path} is not a journal of this program. Name another file in journal.path, or move it away.`,
    );
  }
  if (formatOf(db) > SCHEMA_VERSION) {
    throw new TerminalError(
      'journal-damaged',
      `${path} was written by a newer version of beacon-terminal (format ${formatOf(db)}, this one knows ${SCHEMA_VERSION}). Install that version again.`,
    );
  }
}

/**
 * Brings an older file up to this version, in one transaction: the file is afterwards in the newest format,
 * or as it was.
 * @throws what SQLite throws where the disk is at fault; else TerminalError `journal-damaged`
 */
export function migrate(db: Database, path: string): void {
  const before = formatOf(db);
  if (before === SCHEMA_VERSION) return;
  try {
    db.transaction(() => {
      for (const migration of migrations.slice(before)) db.exec(migration);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${SCHEMA_VERSION}`);
    })();
  } catch (error) {
    if (journalError(path, error).code !== 'journal-damaged') throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new TerminalError(
      'journal-damaged',
      `The journal ${path} could not be brought from format ${before} to ${SCHEMA_VERSION}: ${said}. Nothing of it was changed. Install the version of beacon-terminal that wrote it again, keep the file, and report this.`,
      { cause: error },
    );
  }
}
