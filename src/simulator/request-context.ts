import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { preciseNowMs } from './exchange.ts';
import type { Fault } from './faults.ts';
import type { Operation } from './operations.ts';

/** What the simulator notes about one request while it is under way. */
export class RequestContext {
  readonly arrivedAtMs = preciseNowMs();
  readonly correlationId = randomUUID();
  readonly operation: Operation | undefined;
  readonly fault: Fault | undefined;
  errorCode: string | null = null;
  summary = '';
  logged = false;

  constructor(operation: Operation | undefined, fault: Fault | undefined) {
    this.operation = operation;
    this.fault = fault;
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    simulated: RequestContext | null;
  }
  interface FastifyContextConfig {
    operation?: Operation;
  }
}

export function contextOf(request: FastifyRequest): RequestContext {
  if (request.simulated === null) throw new Error('request hook did not run');
  return request.simulated;
}
