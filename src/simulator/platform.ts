import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { ExchangeLog } from './exchange.ts';
import type { FaultBook } from './faults.ts';
import type { Network } from './network.ts';
import type { Notifier } from './notifier.ts';
import type { Operation } from './operations.ts';
import type { ScriptRunner } from './script-runner.ts';
import type { Tokens } from './tokens.ts';
import type { PollWatch, Violation } from './violations.ts';
import type { World } from './world.ts';

/** What the routes of one simulator share. */
export interface Platform {
  world: World;
  tokens: Tokens;
  faults: FaultBook;
  exchanges: ExchangeLog;
  counts: Map<Operation, number>;
  polls: PollWatch;
  violations: Violation[];
  notifier: Notifier;
  script: ScriptRunner;
  network: Network;
  pollDelayMs: number;
  /** Whether a poll that comes too early is answered 429 rather than only noted. */
  refuseEarlyPolls: boolean;
  tokenLifetimeSeconds: number;
  loyaltyLookupMs: number;
  partialCapturePossible: boolean;
  /** What the Date header is off by. */
  dateOffsetMs: number;
  logger: Logger | undefined;
}

export type App = FastifyInstance;
