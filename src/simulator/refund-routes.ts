import { randomUUID } from 'node:crypto';
import { type ApiError, apiError, notFound } from './api-error.ts';
import { addApiRoute, type Call } from './api-route.ts';
import { decimalOf, decimalTextOf, minorUnitsOf } from './decimal-amount.ts';
import type { Payment } from './payment.ts';
import type { App, Platform } from './platform.ts';
import { notePoll } from './poll-rule.ts';
import { isGuid } from './pos.ts';
import { actOnRefund, moveRefundTo, type Refund } from './refund.ts';
import { holdsMoney } from './refund-states.ts';
import { guidOf, membersOf, oneOf, textOf } from './request-body.ts';
import { noteViolation } from './violations.ts';

const BASE = '/pos/v10/refunds';

export function addRefundRoutes(app: App, platform: Platform): void {
  const { world } = platform;
  const { refundTimes } = world.settings;

  addApiRoute(app, platform, { operation: 'findRefunds', method: 'GET', url: BASE }, (call) => {
    const { paymentId } = call.query;
    if (typeof paymentId !== 'string' || !isGuid(paymentId)) throw apiError(1110);
    const refunds = world.refundsOf(paymentId).filter((refund) => isOf(refund, call));
    call.note(`${refunds.length} found`);
    return { refundIds: refunds.map((refund) => refund.refundId) };
  });

  addApiRoute(
    app,
    platform,
    { operation: 'createRefund', method: 'POST', url: BASE, create: true },
    (call) => {
      const refund = create(platform, call);
      world.putRefund(refund);
      call.note(
        `${refund.refundOrderId}, ${decimalTextOf(refund.amountMinorUnits)} ${refund.currencyCode}`,
      );
      return { refundId: refund.refundId };
    },
  );

  addApiRoute(
    app,
    platform,
    { operation: 'getRefund', method: 'GET', url: `${BASE}/:refundId` },
    (call) => {
      const refund = ownRefund(platform, call, notFound());
      notePoll(platform, call, refund.refundId);
      call.note(refund.status);
      return {
        refundId: refund.refundId,
        paymentId: refund.paymentId,
        refundOrderId: refund.refundOrderId,
        amount: decimalOf(refund.amountMinorUnits),
        currencyCode: refund.currencyCode,
        status: refund.status,
        pollDelayInMs: platform.pollDelayMs,
      };
    },
  );

  addApiRoute(
    app,
    platform,
    { operation: 'captureRefund', method: 'POST', url: `${BASE}/:refundId/capture` },
    (call) => {
      const refund = ownRefund(platform, call, apiError(1004));
      platform.polls.forget(refund.refundId);
      if (call.bodyText !== '') throw apiError(1099, 'capture of a refund has no body');
      call.note(`capture ${refund.refundOrderId}`);
      if (refund.status === 'Captured') return;
      const captured = actOnRefund(refund, 'capture', world.nowMs(), refundTimes);
      if (captured === undefined) throw apiError(1351, refund.status);
      world.putRefund(captured);
    },
  );

  addApiRoute(
    app,
    platform,
    { operation: 'cancelRefund', method: 'POST', url: `${BASE}/:refundId/cancel` },
    (call) => {
      const refund = ownRefund(platform, call, notFound());
      platform.polls.forget(refund.refundId);
      if (call.bodyText !== '') throw apiError(1099, 'cancel has no body');
      call.note(`cancel ${refund.refundOrderId}`);
      const cancelled = actOnRefund(refund, 'cancel', world.nowMs(), refundTimes);
      if (cancelled === undefined) throw apiError(1352, refund.status);
      world.putRefund(cancelled);
    },
  );
}

/**
 * The refund of the path, if it is the caller's (400, 403, 404). The vendor lists no code for a
 * refund of another merchant; here it is refused like one of another integrator.
 */
function ownRefund(platform: Platform, call: Call, missing: ApiError): Refund {
  const refund = platform.world.refund(guidOf(call.params['refundId'], 'refundId'));
  if (refund === undefined) throw missing;
  if (!isOf(refund, call)) throw apiError(1402);
  return refund;
}

function create(platform: Platform, call: Call): Refund {
  const { world } = platform;
  const body = membersOf(call.bodyText, ['paymentId', 'refundOrderId', 'amount', 'currencyCode']);
  const paymentId = guidOf(body['paymentId'], 'paymentId');
  const refundOrderId = textOf(body['refundOrderId'], 1114);
  const amountMinorUnits = minorUnitsOf(body['amount']);
  if (amountMinorUnits === undefined) throw apiError(1102);
  const currencyCode = oneOf(body['currencyCode'], ['DKK', 'EUR'], 'currencyCode');
  const payment = world.payment(paymentId);
  if (payment === undefined) throw apiError(1001);
  if (payment.clientId !== call.clientId) throw apiError(1401);
  if (payment.merchantVat !== call.merchantVat) throw apiError(1411);
  checkRefundable(platform, payment, amountMinorUnits, currencyCode);
  if (world.refundsOf(paymentId).some((other) => other.refundOrderId === refundOrderId)) {
    noteViolation(platform.violations, {
      kind: 'refund-order-id-reused',
      message: `The payment has a refund with refundOrderId ${refundOrderId} already.`,
      path: call.path,
      atMs: world.nowMs(),
    });
  }
  const blank: Refund = {
    refundId: randomUUID(),
    paymentId,
    refundOrderId,
    storeId: payment.storeId,
    clientId: call.clientId,
    merchantVat: call.merchantVat,
    amountMinorUnits,
    currencyCode,
    status: 'Initiated',
    movesAtMs: null,
    history: [],
  };
  return moveRefundTo(blank, 'Initiated', world.nowMs(), world.settings.refundTimes);
}

/** Several refunds may share a payment, up to what was captured (1354, 1365 to 1368). */
function checkRefundable(
  { world }: Platform,
  payment: Payment,
  amountMinorUnits: number,
  currencyCode: string,
): void {
  const capture = payment.history.findLast(({ status }) => status === 'Captured');
  if (payment.status !== 'Captured' || capture === undefined) {
    throw apiError(1354, payment.status);
  }
  if (payment.terms?.currencyCode !== currencyCode) throw apiError(1365);
  if (world.nowMs() - capture.atMs > world.settings.refundableMs) throw apiError(1366);
  const held = world
    .refundsOf(payment.paymentId)
    .filter(({ status }) => holdsMoney(status))
    .reduce((sum, refund) => sum + refund.amountMinorUnits, 0);
  if (held + amountMinorUnits > (payment.capturedMinorUnits ?? 0)) throw apiError(1367);
  if (amountMinorUnits > world.stores.balanceOf(payment.storeId)) throw apiError(1368);
}

function isOf(refund: Refund, call: Call): boolean {
  return refund.clientId === call.clientId && refund.merchantVat === call.merchantVat;
}
