import type { FastifyReply, FastifyRequest } from 'fastify';
import { fastify } from 'fastify';
import { ApiError, apiError } from './api-error.ts';
import { sendError } from './api-route.ts';
import { preciseNowMs } from './exchange.ts';
import type { Fault } from './faults.ts';
import { distort } from './faulty-answer.ts';
import type { App, Platform } from './platform.ts';
import { contextOf, RequestContext } from './request-context.ts';

/** A Fastify instance fit for the API: bodies arrive as text, connections are kept alive. */
export function createApp(): App {
  const app = fastify({
    keepAliveTimeout: 75_000,
    forceCloseConnections: true,
    bodyLimit: 64 * 1024,
    exposeHeadRoutes: false,
  });
  app.removeAllContentTypeParsers();
  // Idempotency compares a body's exact text, so routes parse it themselves.
  app.addContentTypeParser(
    /^(application\/(.+\+)?json|text\/json|application\/x-www-form-urlencoded)/,
    { parseAs: 'string' },
    (_request, body, done) => done(null, body),
  );
  return app;
}

/** Counts, disturbs and logs every call to the API. */
export function observe(app: App, platform: Platform): void {
  app.decorateRequest('simulated', null);

  app.addHook('onRequest', (request, _reply, done) => {
    const { operation } = request.routeOptions.config;
    const path = request.url.split('?', 1)[0] ?? request.url;
    const fault = platform.faults.take({ operation, method: request.method, path });
    request.simulated = new RequestContext(operation, fault);
    if (operation !== undefined) {
      platform.counts.set(operation, (platform.counts.get(operation) ?? 0) + 1);
    }
    done();
  });

  // By now the body is in: the client believes that all of its request has arrived.
  app.addHook('preHandler', (request, reply, done) => {
    const { fault } = contextOf(request);
    if (fault === undefined || fault.acted) done();
    else if (losesConnection(fault)) hangUp(platform, request, reply, fault.kind === 'reset');
    else if (fault.kind === 'slow') later(fault.delayMs ?? 3000, done);
    else reply.send('');
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    const context = contextOf(request);
    reply.header('CorrelationId', context.correlationId);
    if (platform.dateOffsetMs !== 0) {
      reply.header('Date', new Date(Date.now() + platform.dateOffsetMs).toUTCString());
    }
    const { fault } = context;
    if (fault?.acted && losesConnection(fault)) {
      hangUp(platform, request, reply, fault.kind === 'reset');
      return;
    }
    const body = fault === undefined ? payload : distorted(fault, reply, payload, context);
    const faultDelayMs = fault?.kind === 'slow' && fault.acted ? (fault.delayMs ?? 3000) : 0;
    const delayMs = Math.max(platform.network.delayMs, faultDelayMs);
    if (delayMs === 0) {
      done(null, body);
      return;
    }
    later(delayMs, () => {
      if (request.raw.socket.destroyed) log(platform, request, null);
      else done(null, body);
    });
  });

  app.addHook('onResponse', (request, reply, done) => {
    log(platform, request, reply.statusCode);
    done();
  });

  app.setErrorHandler((error, request, reply) => {
    const { statusCode } = error as { statusCode?: number };
    const context = contextOf(request);
    if (statusCode !== undefined && statusCode < 500) {
      const { message } = error as Error;
      sendError(reply, context, new ApiError(statusCode, 1099, message));
      return;
    }
    platform.logger?.error({ err: error, path: request.url }, 'simulator failed');
    sendError(reply, context, apiError(2000));
  });
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).send();
  });
}

function losesConnection(fault: Fault): boolean {
  return fault.kind === 'lost-request' || fault.kind === 'lost-answer' || fault.kind === 'reset';
}

function distorted(
  fault: Fault,
  reply: FastifyReply,
  payload: unknown,
  context: RequestContext,
): string {
  const body = typeof payload === 'string' ? payload : '';
  const given = { status: reply.statusCode, headers: {}, body };
  const answer = distort(fault, given, context);
  if (fault.kind === 'error') context.errorCode = String(fault.code ?? 2000);
  reply.code(answer.status).headers(answer.headers);
  return answer.body;
}

function hangUp(
  platform: Platform,
  request: FastifyRequest,
  reply: FastifyReply,
  withReset: boolean,
): void {
  reply.hijack();
  log(platform, request, null);
  if (withReset) request.raw.socket.resetAndDestroy();
  else request.raw.socket.destroy();
}

function later(delayMs: number, then: () => void): void {
  setTimeout(then, delayMs).unref();
}

function log(platform: Platform, request: FastifyRequest, status: number | null): void {
  const context = contextOf(request);
  if (context.logged) return;
  context.logged = true;
  platform.exchanges.add({
    operation: context.operation ?? null,
    method: request.method,
    path: request.url,
    arrivedAtMs: context.arrivedAtMs,
    durationMs: preciseNowMs() - context.arrivedAtMs,
    status,
    errorCode: context.errorCode,
    summary: context.summary,
    fault: context.fault?.kind ?? null,
    correlationId: context.correlationId,
  });
}
