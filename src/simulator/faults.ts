import { errorOfCode } from './api-error.ts';
import type { Operation } from './operations.ts';

export const faultKinds = [
  'lost-request',
  'lost-answer',
  'reset',
  '500',
  'error',
  'slow',
  'garbage',
  'html',
  '429',
  'wrong-type',
  'unknown-status',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What goes wrong, and with which request. Without a matcher it is the next request of all. */
export interface FaultOrder {
  kind: FaultKind;
  operation?: Operation | undefined;
  method?: string | undefined;
  /** As in `/pos/v10/payments/{paymentid}/capture`; braces or `*` stand for one segment. */
  path?: string | undefined;
  /** The first matching request it hits, from now; default 1. */
  nth?: number | undefined;
  /** How many matching requests in a row; default 1. */
  count?: number | undefined;
  /** Whether the call has its effect all the same. Default: lost-answer, slow, garbage, wrong-type, unknown-status yes; the others no. */
  acted?: boolean | undefined;
  /** error: which PoS V10 code is answered, with its HTTP status; default 2000. */
  code?: number | undefined;
  /** slow: how late the answer is; default 3000. */
  delayMs?: number | undefined;
  /** html: 200 (default) or 403. */
  status?: number | undefined;
  /** 429: default 1. */
  retryAfterSeconds?: number | undefined;
}

export interface Fault extends FaultOrder {
  id: number;
  acted: boolean;
  matched: number;
  fired: number;
}

export interface FaultTarget {
  operation: Operation | undefined;
  method: string;
  path: string;
}

const actedByDefault: Record<FaultKind, boolean> = {
  'lost-request': false,
  'lost-answer': true,
  reset: false,
  '500': false,
  error: false,
  slow: true,
  garbage: true,
  html: false,
  '429': false,
  'wrong-type': true,
  'unknown-status': true,
};

/** The faults on order. Every matching request counts, the first fault that is due fires. */
export class FaultBook {
  #faults: (Fault & { pattern: RegExp | undefined })[] = [];
  #nextId = 1;

  /** Returns the order's id. Throws for a code that PoS V10 does not know. */
  add(order: FaultOrder): number {
    if (order.code !== undefined && errorOfCode(order.code) === undefined) {
      throw new Error(`PoS V10 has no error ${order.code}`);
    }
    const id = this.#nextId;
    this.#nextId += 1;
    this.#faults.push({
      ...order,
      acted: order.acted ?? actedByDefault[order.kind],
      id,
      matched: 0,
      fired: 0,
      pattern: order.path === undefined ? undefined : patternOf(order.path),
    });
    return id;
  }

  clear(): void {
    this.#faults = [];
  }

  list(): Fault[] {
    return this.#faults.map(({ pattern: _, ...fault }) => fault);
  }

  /** The fault that hits this request, if any. */
  take(target: FaultTarget): Fault | undefined {
    let hit: Fault | undefined;
    for (const fault of this.#faults) {
      if (!isFor(fault, target)) continue;
      fault.matched += 1;
      const first = fault.nth ?? 1;
      const due = fault.matched >= first && fault.matched < first + (fault.count ?? 1);
      if (due && hit === undefined) {
        fault.fired += 1;
        hit = fault;
      }
    }
    return hit;
  }
}

function isFor(fault: Fault & { pattern: RegExp | undefined }, target: FaultTarget): boolean {
  return (
    (fault.operation === undefined || fault.operation === target.operation) &&
    (fault.method === undefined || fault.method.toUpperCase() === target.method) &&
    (fault.pattern === undefined || fault.pattern.test(target.path))
  );
}

function patternOf(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment === '*' || /^\{.*\}$/.test(segment)) return '[^/]+';
    return segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`, 'i');
}
