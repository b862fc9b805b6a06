import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, apiError, errorBody } from './api-error.ts';
import type { Operation } from './operations.ts';
import type { App, Platform } from './platform.ts';
import { contextOf, type RequestContext } from './request-context.ts';
import { type Caller, callerOf, idempotencyKeyOf, namesClientId } from './request-headers.ts';
import { noteViolation } from './violations.ts';
import type { World } from './world.ts';

export interface Call extends Caller {
  /** Path parameters. */
  params: Record<string, string>;
  query: Record<string, string | string[] | undefined>;
  bodyText: string;
  path: string;
  /** One line for the timeline. */
  note(summary: string): void;
}

export interface RouteSpec {
  operation: Operation;
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the base address. */
  url: string;
  /** A create: wants an idempotency key and answers a repeat from memory. */
  create?: boolean;
}

/** Adds a call of the PoS V10 API. The handler's result is the JSON answer; undefined: no body. */
export function addApiRoute(
  app: App,
  platform: Platform,
  spec: RouteSpec,
  handler: (call: Call) => unknown,
): void {
  addRoute(app, spec, (request, context) => {
    const caller = callerOf(request.raw, platform.tokens, platform.world);
    if (!namesClientId(request.raw, caller.clientId)) {
      noteViolation(platform.violations, {
        kind: 'client-id-missing',
        message: 'The header x-ibm-client-id does not carry the client id.',
        path: request.url,
        atMs: platform.world.nowMs(),
      });
    }
    const call: Call = {
      ...caller,
      params: request.params as Call['params'],
      query: request.query as Call['query'],
      bodyText: typeof request.body === 'string' ? request.body : '',
      path: request.url,
      note: (summary) => {
        context.summary = summary;
      },
    };
    try {
      const answer = spec.create
        ? once(platform, spec.operation, request, call, handler)
        : handler(call);
      platform.script.handled(spec.operation, () => posIdOf(platform.world, call, answer));
      return answer;
    } finally {
      platform.world.commit();
    }
  });
}

/** The point of sale a call was on: named by it, or by way of its payment or refund. */
function posIdOf(world: World, { params, query }: Call, answer: unknown): string | undefined {
  const named = { ...query, ...(typeof answer === 'object' ? answer : {}), ...params } as Partial<
    Record<string, string>
  >;
  const { posId, paymentId, refundId } = named;
  if (posId !== undefined) return posId;
  const ofRefund = refundId === undefined ? undefined : world.refund(refundId)?.paymentId;
  const payment = ofRefund ?? paymentId;
  return payment === undefined ? undefined : world.payment(payment)?.posId;
}

/** A call without PoS V10's headers: errors are translated, nothing else. */
export function addRoute(
  app: App,
  spec: RouteSpec,
  handler: (request: FastifyRequest, context: RequestContext) => unknown,
): void {
  app.route({
    method: spec.method,
    url: spec.url,
    config: { operation: spec.operation },
    handler: (request, reply) => {
      const context = contextOf(request);
      try {
        const answer = handler(request, context);
        reply.code(200).send(answer);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        sendError(reply, context, error);
      }
    },
  });
}

/** An error as PoS V10 words it; 401 and 404 have no body. */
export function sendError(reply: FastifyReply, context: RequestContext, error: ApiError): void {
  const code = error.code === null ? null : String(error.code);
  context.errorCode = code;
  if (context.summary === '') context.summary = error.message;
  reply.code(error.status);
  if (error.status === 429) reply.header('retry-after', '1');
  if (code === null && (error.status === 401 || error.status === 404)) reply.send();
  else reply.send(errorBody(code, error.message, context));
}

/**
 * Runs a create once per idempotency key. Only what succeeded is kept: a refused create has
 * created nothing, and its key is free again.
 */
function once(
  platform: Platform,
  operation: Operation,
  request: FastifyRequest,
  call: Call,
  handler: (call: Call) => unknown,
): unknown {
  const { world } = platform;
  const key = `${call.clientId} ${call.merchantVat} ${idempotencyKeyOf(request.raw)}`;
  const bodyDigest = createHash('sha256').update(call.bodyText).digest('base64');
  const kept = world.keptAnswer(key);
  if (kept !== undefined) {
    if (kept.operation !== operation || kept.bodyDigest !== bodyDigest) throw apiError(1306);
    call.note('the same request again');
    return kept.answer;
  }
  const answer = handler(call);
  world.keepAnswer(key, { operation, bodyDigest, answer, atMs: world.nowMs() });
  return answer;
}
