import type { Database } from 'better-sqlite3';

export type MetaKey =
  | 'newestTrustedAt'
  /** The newest place given to an outbox entry, over all boots. */
  | 'outboxPosition'
  /** How many links the chain of heads has. */
  | 'closedHeads'
  /** How many orders are open: one that is missing would be forgotten in silence. */
  | 'openOrders'
  /** The newest number given to a command; none is given twice. */
  | 'commandNumber'
  /** Commands up to this number have been looked at for forgetting. */
  | 'sweptCommand'
  /** Rises with every commit that had nothing else to write. */
  | 'touched'
  /** When somebody else's payment on our PoS was last to be cancelled. */
  | 'last:foreignCancelIntended';

/** Numbers that survive restarts. Changes are remembered only when their commit has succeeded. */
export function openMeta(db: Database) {
  const upsert = db.prepare<[string, number]>(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const values = new Map<string, number>(
    db.prepare<[], [string, number]>('SELECT key, value FROM meta').raw().all(),
  );
  let staged = new Map<string, number>();

  return {
    get: (key: MetaKey): number | undefined => staged.get(key) ?? values.get(key),
    /** Writes it into the open transaction. */
    set(key: MetaKey, value: number): void {
      upsert.run(key, value);
      staged.set(key, value);
    },
    keep(): void {
      for (const [key, value] of staged) values.set(key, value);
      staged.clear();
    },
    drop(): void {
      staged = new Map();
    },
  };
}
export type Meta = ReturnType<typeof openMeta>;
