import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { accept, checkIn, refuse } from './customer.ts';
import { faultSchema } from './fault-schema.ts';
import { forceRefundStatus } from './forced-refund.ts';
import { indexPage } from './index-page.ts';
import { paymentStatuses } from './payment-states.ts';
import { forceStatus, placePayment } from './placed-payment.ts';
import type { App, Platform } from './platform.ts';
import { refundStatuses } from './refund-states.ts';
import { stateOf } from './simulator-state.ts';

const networkSchema = z.strictObject({
  state: z.enum(['up', 'cut', 'slow']),
  /** slow: how late every answer is. */
  delayMs: z.int().min(0).optional(),
  /** After this long the network is up again; how else, once it is cut? */
  forMs: z.int().min(1).optional(),
});
const placementSchema = z.strictObject({
  posId: z.guid(),
  status: z.enum(paymentStatuses),
  orderId: z.string().optional(),
  amountMinorUnits: z.int().min(1).optional(),
  currencyCode: z.enum(['DKK', 'EUR']).optional(),
  partialCapturePossible: z.boolean().optional(),
});
const statusSchema = z.strictObject({ status: z.enum(paymentStatuses) });
const refundStatusSchema = z.strictObject({ status: z.enum(refundStatuses) });
const storeSchema = z.strictObject({
  balanceMinorUnits: z.int().optional(),
  activated: z.boolean().optional(),
});
const pollingSchema = z.strictObject({
  pollDelayMs: z.int().min(0).optional(),
  refuseEarlyPolls: z.boolean().optional(),
});
const clockSchema = z.strictObject({
  advanceMs: z.int().min(0).optional(),
  dateOffsetMs: z.int().optional(),
});
const phoneSchema = z.strictObject({
  action: z.enum(['check-in', 'accept', 'refuse']),
  beaconId: z.string(),
  phoneNumber: z.string().optional(),
  loyaltyIds: z.array(z.string()).optional(),
  card: z.enum(['debit', 'credit']).optional(),
  partialCapturePossible: z.boolean().optional(),
  fails: z.boolean().optional(),
});

const callbackSchema = z.strictObject({
  alias: z.string().min(1),
  /** Null: those points of sale are notified no more. */
  url: z.url({ protocol: /^https?$/ }).nullable(),
});

/** The simulator's own controls under /simulator: no part of PoS V10, no token needed. */
export function addControlRoutes(app: App, platform: Platform): void {
  const { world, faults, network, exchanges } = platform;

  app.setErrorHandler((error, _request, reply) => {
    const status = error instanceof ApiError ? error.status : 400;
    reply.code(status).send({ message: error instanceof Error ? error.message : 'failed' });
  });

  app.get('/simulator', (_request, reply) => {
    reply.type('text/html; charset=utf-8').send(indexPage(stateOf(platform)));
  });
  app.get('/simulator/state', () => stateOf(platform));
  app.get('/simulator/exchanges', () => ({ exchanges: exchanges.all }));

  app.get('/simulator/faults', () => ({ faults: faults.list() }));
  app.post('/simulator/faults', (request) => ({
    id: faults.add(parse(faultSchema, request.body)),
  }));
  app.delete('/simulator/faults', () => {
    faults.clear();
    return { faults: [] };
  });

  app.post('/simulator/network', (request, reply) => {
    const { state, delayMs, forMs } = parse(networkSchema, request.body);
    // The answer to this very call leaves before the wire is cut.
    reply.raw.once('close', () => {
      network.set(state, delayMs);
      if (forMs !== undefined) setTimeout(() => network.set('up'), forMs).unref();
    });
    reply.header('connection', 'close').send({ state });
  });

  app.post('/simulator/payments', (request) =>
    placePayment(world, parse(placementSchema, request.body)),
  );
  app.post<{ Params: { paymentId: string } }>('/simulator/payments/:paymentId/status', (request) =>
    forceStatus(world, request.params.paymentId, parse(statusSchema, request.body).status),
  );

  app.post<{ Params: { refundId: string } }>('/simulator/refunds/:refundId/status', (request) =>
    forceRefundStatus(
      world,
      request.params.refundId,
      parse(refundStatusSchema, request.body).status,
    ),
  );
  app.post<{ Params: { storeId: string } }>('/simulator/stores/:storeId', (request) => {
    const { storeId } = request.params;
    const { balanceMinorUnits, activated } = parse(storeSchema, request.body);
    if (balanceMinorUnits !== undefined) world.setStoreBalance(storeId, balanceMinorUnits);
    if (activated !== undefined) world.setStoreActivated(storeId, activated);
    world.commit();
    return { ...world.stores.get(storeId), balanceMinorUnits: world.stores.balanceOf(storeId) };
  });

  app.post('/simulator/polling', (request) => {
    const { pollDelayMs, refuseEarlyPolls } = parse(pollingSchema, request.body);
    if (pollDelayMs !== undefined) platform.pollDelayMs = pollDelayMs;
    if (refuseEarlyPolls !== undefined) platform.refuseEarlyPolls = refuseEarlyPolls;
    return {
      pollDelayMs: platform.pollDelayMs,
      refuseEarlyPolls: platform.refuseEarlyPolls,
    };
  });

  app.post('/simulator/clock', (request) => {
    const { advanceMs, dateOffsetMs } = parse(clockSchema, request.body);
    if (advanceMs !== undefined) world.moveClock(advanceMs);
    if (dateOffsetMs !== undefined) platform.dateOffsetMs = dateOffsetMs;
    world.commit();
    return { now: new Date(world.nowMs()).toISOString(), dateOffsetMs: platform.dateOffsetMs };
  });

  app.post('/simulator/phone', (request) => {
    const { action, beaconId, ...options } = parse(phoneSchema, request.body);
    try {
      if (action === 'check-in') checkIn(platform, beaconId, options);
      else if (action === 'accept') accept(world, beaconId, options);
      else refuse(world, beaconId);
    } finally {
      world.commit();
    }
    return { done: action };
  });

  app.post('/simulator/callbacks', (request) => {
    const { alias, url } = parse(callbackSchema, request.body);
    platform.notifier.setCallback(alias, url);
    return { alias, url };
  });

  app.delete('/simulator/tokens', () => {
    world.revokeTokens();
    world.commit();
    return { revoked: true };
  });
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  let value: unknown;
  try {
    value = JSON.parse(typeof body === 'string' ? body : '');
  } catch {
    throw new ApiError(400, null, 'the body is not JSON');
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new ApiError(400, null, z.prettifyError(result.error));
  return result.data;
}
