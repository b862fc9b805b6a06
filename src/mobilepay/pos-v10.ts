import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type {
  ApiTry,
  CallOptions,
  CallResult,
  CredentialsNews,
  PaymentPlatform,
} from '../ports.ts';
import { answerAbout, goneAnswer, jsonAnswer, noBodyAnswer } from './answer-reader.ts';
import {
  checkinSchema,
  checkinShape,
  createdPaymentShape,
  createdPosShape,
  createdRefundShape,
  paymentIdsShape,
  paymentSchema,
  paymentShape,
  posIdsShape,
  posSchema,
  posShape,
  refundIdsShape,
  refundSchema,
  refundShape,
  storeSchema,
  storeShape,
  storesSchema,
} from './answer-schemas.ts';
import type { Call } from './caller.ts';
import { createCaller } from './caller.ts';
import { explain } from './error-table.ts';
import {
  encodeCapture,
  encodePos,
  encodePrepare,
  encodeReady,
  encodeRefund,
  encodeStart,
} from './request-bodies.ts';

export interface PosV10Options {
  /** `/pos/v10/…` hangs under it. */
  baseUrl: string;
  /** `/connect/token` hangs under it. */
  authUrl: string;
  clientId: string;
  clientSecret: string;
  /** `DK` or `FI` and 8 digits. */
  merchantVat: string;
  /** Major.Minor.Build, as certified. */
  version: string;
  logger: Logger;
  monotonicMs?: () => number;
  /** PEM of the only authority to trust, in place of the usual ones. */
  ca?: string;
  /** Told of each try of a call, at once: it must be quick. */
  onTry?: ((tried: ApiTry) => void) | undefined;
}

const createdPayment = jsonAnswer(createdPaymentShape, createdPaymentShape);
const payment = jsonAnswer(paymentSchema, paymentShape);
const paymentIds = jsonAnswer(paymentIdsShape, paymentIdsShape);
const createdPos = jsonAnswer(createdPosShape, createdPosShape);
const pos = jsonAnswer(posSchema, posShape);
const posIds = jsonAnswer(posIdsShape, posIdsShape);
const checkin = jsonAnswer(checkinSchema, checkinShape);
const store = jsonAnswer(storeSchema, storeShape);
const stores = jsonAnswer(storesSchema);
const createdRefund = jsonAnswer(createdRefundShape, createdRefundShape);
const refund = jsonAnswer(refundSchema, refundShape);
const refundIds = jsonAnswer(refundIdsShape, refundIdsShape);

/** MobilePay's PoS V10 API as a payment platform. No method ever rejects. */
export function createPosV10(options: PosV10Options): PaymentPlatform {
  const { logger } = options;
  const dateListeners: ((serverEpochMs: number) => void)[] = [];
  const credentialsListeners: ((news: CredentialsNews) => void)[] = [];
  const reachabilityListeners: ((reachable: boolean) => void)[] = [];
  const caller = createCaller({
    ...options,
    monotonicMs: options.monotonicMs ?? (() => performance.now()),
    onServerDate: (serverEpochMs) => tell(dateListeners, serverEpochMs),
    onCredentials: (news) => tell(credentialsListeners, news),
    onReachability: (reachable) => tell(reachabilityListeners, reachable),
  });

  /** A listener's failure must not turn an answer into none. */
  function tell<T>(listeners: ((news: T) => void)[], news: T): void {
    for (const listener of listeners) {
      try {
        listener(news);
      } catch (error) {
        logger.error({ err: error }, 'a listener of the platform failed');
      }
    }
  }

  async function mapped<A, B>(
    call: Call<A>,
    callOptions: CallOptions | undefined,
    map: (value: A) => B,
  ): Promise<CallResult<B>> {
    const result = await caller.call(call, callOptions);
    return result.kind === 'ok' ? { ...result, value: map(result.value) } : result;
  }

  return {
    authorize: (callOptions) => caller.authorize(callOptions),
    encodeCreate: encodeStart,
    encodePrepare,
    encodeReady,
    encodeRefund,
    createPayment: ({ idempotencyKey, body }, callOptions) =>
      caller.call(
        { method: 'POST', path: '/payments', body, idempotencyKey, reader: createdPayment },
        callOptions,
      ),
    preparePayment: ({ idempotencyKey, body }, callOptions) =>
      caller.call(
        { method: 'POST', path: '/payments/prepare', body, idempotencyKey, reader: createdPayment },
        callOptions,
      ),
    readyPayment: (paymentId, body, callOptions) =>
      caller.call(
        {
          method: 'POST',
          path: `/payments/${segment(paymentId)}/ready`,
          body,
          reader: noBodyAnswer,
        },
        callOptions,
      ),
    async getPayment(paymentId, callOptions) {
      const result = await caller.call(
        {
          method: 'GET',
          path: `/payments/${segment(paymentId)}`,
          poll: true,
          reader: answerAbout(paymentId, (answer) => answer.value.paymentId, payment),
        },
        callOptions,
      );
      if (result.kind !== 'ok') return result;
      const { correlationId = null, value } = result;
      return { ...result, value: { ...value, value: { ...value.value, correlationId } } };
    },
    findPayments: ({ posId, orderId, state }, callOptions) =>
      mapped(
        { method: 'GET', path: `/payments${query({ posId, orderId, state })}`, reader: paymentIds },
        callOptions,
        (answer) => answer.paymentIds,
      ),
    capturePayment: (paymentId, amount, callOptions) =>
      caller.call(
        {
          method: 'POST',
          path: `/payments/${segment(paymentId)}/capture`,
          body: encodeCapture(amount.value),
          reader: noBodyAnswer,
        },
        callOptions,
      ),
    cancelPayment: (paymentId, callOptions) =>
      caller.call(
        { method: 'POST', path: `/payments/${segment(paymentId)}/cancel`, reader: noBodyAnswer },
        callOptions,
      ),
    createRefund: ({ idempotencyKey, body }, callOptions) =>
      caller.call(
        { method: 'POST', path: '/refunds', body, idempotencyKey, reader: createdRefund },
        callOptions,
      ),
    async getRefund(refundId, callOptions) {
      const result = await caller.call(
        {
          method: 'GET',
          path: `/refunds/${segment(refundId)}`,
          poll: true,
          reader: answerAbout(refundId, (answer) => answer.value.refundId, refund),
        },
        callOptions,
      );
      if (result.kind !== 'ok') return result;
      const { correlationId = null, value } = result;
      return { ...result, value: { ...value, value: { ...value.value, correlationId } } };
    },
    findRefunds: (paymentId, callOptions) =>
      mapped(
        { method: 'GET', path: `/refunds${query({ paymentId })}`, reader: refundIds },
        callOptions,
        (answer) => answer.refundIds,
      ),
    captureRefund: (refundId, callOptions) =>
      caller.call(
        { method: 'POST', path: `/refunds/${segment(refundId)}/capture`, reader: noBodyAnswer },
        callOptions,
      ),
    cancelRefund: (refundId, callOptions) =>
      caller.call(
        { method: 'POST', path: `/refunds/${segment(refundId)}/cancel`, reader: noBodyAnswer },
        callOptions,
      ),
    findPos: (merchantPosId, callOptions) =>
      mapped(
        { method: 'GET', path: `/pointofsales${query({ merchantPosId })}`, reader: posIds },
        callOptions,
        (answer) => answer.posIds,
      ),
    findPosOfBeacon: (beaconId, callOptions) =>
      mapped(
        { method: 'GET', path: `/pointofsales${query({ beaconId })}`, reader: posIds },
        callOptions,
        (answer) => answer.posIds,
      ),
    getPos: (posId, callOptions) =>
      caller.call(
        {
          method: 'GET',
          path: `/pointofsales/${segment(posId)}`,
          reader: answerAbout(posId, (answer) => answer.posId, pos),
        },
        callOptions,
      ),
    createPos: (newPos, idempotencyKey, callOptions) =>
      caller.call(
        {
          method: 'POST',
          path: '/pointofsales',
          body: encodePos(newPos),
          idempotencyKey,
          reader: createdPos,
        },
        callOptions,
      ),
    deletePos: (posId, callOptions) =>
      caller.call(
        { method: 'DELETE', path: `/pointofsales/${segment(posId)}`, reader: goneAnswer },
        callOptions,
      ),
    getStore: (storeId, callOptions) =>
      caller.call(
        {
          method: 'GET',
          path: `/stores/${segment(storeId)}`,
          reader: answerAbout(storeId, (answer) => answer.storeId, store),
        },
        callOptions,
      ),
    findStores: (filter, callOptions) =>
      caller.call(
        {
          method: 'GET',
          path: `/stores/detailed${query({
            merchantBrandId: filter?.brandId,
            merchantLocationId: filter?.locationId,
          })}`,
          reader: stores,
        },
        callOptions,
      ),
    getCheckin: (posId, callOptions) =>
      caller.call(
        {
          method: 'GET',
          path: `/pointofsales/${segment(posId)}/checkin`,
          poll: true,
          reader: checkin,
        },
        callOptions,
      ),
    explain,
    onServerDate: (listener) => void dateListeners.push(listener),
    onCredentials: (listener) => void credentialsListeners.push(listener),
    onReachability: (listener) => void reachabilityListeners.push(listener),
    async close() {
      caller.close();
    },
  };
}

function segment(id: string): string {
  return encodeURIComponent(id);
}

/** `?name=value&…` of what is defined; spaces as %20, since order ids may hold a plus too. */
function query(members: Record<string, string | undefined>): string {
  const pairs = Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
