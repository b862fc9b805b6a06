import type { Customer, Payment } from './payment.ts';
import type { Pos } from './pos.ts';
import type { Refund } from './refund.ts';
import type { StoreCondition } from './store-book.ts';

/** The answer that a repeat of a create with the same idempotency key gets again. */
export interface KeptAnswer {
  operation: string;
  /** Digest of the body's exact bytes. */
  bodyDigest: string;
  answer: unknown;
  atMs: number;
}

/** One thing as it now is; the last word on it counts, so repeating a change changes nothing. */
export type Change =
  | { pos: Pos }
  | { removedPos: string }
  | { posId: string; customer: Customer | null }
  | { payment: Payment }
  | { refund: Refund }
  | { store: StoreCondition }
  | { key: string; kept: KeptAnswer }
  | { clockOffsetMs: number }
  | { tokenGeneration: number };
