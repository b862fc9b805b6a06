import type { FaultKind } from './faults.ts';
import type { Operation } from './operations.ts';

/** One call as a timeline shows it: no headers, no secrets, no bodies. */
export interface Exchange {
  id: number;
  operation: Operation | null;
  method: string;
  /** With its query. */
  path: string;
  /** When the request's headers were in, as a wall-clock time with fractions of a millisecond. */
  arrivedAtMs: number;
  durationMs: number;
  /** Null when no answer left. */
  status: number | null;
  errorCode: string | null;
  summary: string;
  fault: FaultKind | null;
  correlationId: string;
}

/** The latest exchanges, oldest first. */
export class ExchangeLog {
  readonly #kept: Exchange[] = [];
  readonly #limit: number;
  readonly #onExchange: ((exchange: Exchange) => void) | undefined;
  #nextId = 1;

  constructor(limit: number, onExchange: ((exchange: Exchange) => void) | undefined) {
    this.#limit = limit;
    this.#onExchange = onExchange;
  }

  get all(): readonly Exchange[] {
    return this.#kept;
  }

  add(parts: Omit<Exchange, 'id'>): void {
    const exchange = { id: this.#nextId, ...parts };
    this.#nextId += 1;
    this.#kept.push(exchange);
    // Cut in blocks: shifting one by one would cost every request.
    if (this.#kept.length >= this.#limit * 2) this.#kept.splice(0, this.#limit);
    this.#onExchange?.(exchange);
  }
}

/** Wall-clock time with the resolution of the monotonic clock. */
export function preciseNowMs(): number {
  return performance.timeOrigin + performance.now();
}
