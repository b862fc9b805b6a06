import { randomUUID } from 'node:crypto';
import { type ApiErrorCode, apiError, notFound } from './api-error.ts';
import { addApiRoute, type Call } from './api-route.ts';
import { decimalTextOf, minorUnitsOf } from './decimal-amount.ts';
import { act, moveTo, type Payment, type PaymentTerms } from './payment.ts';
import { paymentAnswer } from './payment-answer.ts';
import { birthStatus, isOpen } from './payment-states.ts';
import { termMembers, termsOf } from './payment-terms.ts';
import type { App, Platform } from './platform.ts';
import { notePoll } from './poll-rule.ts';
import { isGuid } from './pos.ts';
import { guidOf, membersOf, textOf } from './request-body.ts';
import { wordOf } from './request-query.ts';
import { noteViolation } from './violations.ts';

const BASE = '/pos/v10/payments';

export function addPaymentRoutes(app: App, platform: Platform): void {
  const { world } = platform;
  const { lifetimes } = world.settings;

  addApiRoute(app, platform, { operation: 'findPayments', method: 'GET', url: BASE }, (call) => {
    const paymentIds = find(platform, call).map((payment) => payment.paymentId);
    call.note(`${paymentIds.length} found`);
    return { paymentIds };
  });

  addApiRoute(
    app,
    platform,
    { operation: 'startPayment', method: 'POST', url: BASE, create: true },
    (call) => {
      const body = membersOf(call.bodyText, ['posId', 'orderId', ...termMembers]);
      const payment = create(platform, call, body['posId'], body['orderId'], termsOf(body));
      return { paymentId: payment.paymentId };
    },
  );

  addApiRoute(
    app,
    platform,
    { operation: 'preparePayment', method: 'POST', url: `${BASE}/prepare`, create: true },
    (call) => {
      const body = membersOf(call.bodyText, ['posId', 'orderId']);
      const payment = create(platform, call, body['posId'], body['orderId'], null);
      return { paymentId: payment.paymentId };
    },
  );

  addApiRoute(
    app,
    platform,
    { operation: 'getPayment', method: 'GET', url: `${BASE}/:paymentId` },
    (call) => {
      const payment = ownPayment(platform, call, 1411);
      notePoll(platform, call, payment.paymentId);
      call.note(payment.status);
      return paymentAnswer(payment, world.nowMs(), platform);
    },
  );

  addApiRoute(
    app,
    platform,
    { operation: 'readyPayment', method: 'POST', url: `${BASE}/:paymentId/ready` },
    (call) => {
      const payment = ownPayment(platform, call, 1406);
      platform.polls.forget(payment.paymentId);
      const terms = termsOf(membersOf(call.bodyText, termMembers));
      const ready = act(payment, 'ready', world.nowMs(), lifetimes);
      if (ready === undefined) throw apiError(1303, payment.status);
      world.put({ ...ready, terms });
      call.note(`${priceOf(terms)} → ${ready.status}`);
    },
  );

  addApiRoute(
    app,
    platform,
    { operation: 'capturePayment', method: 'POST', url: `${BASE}/:paymentId/capture` },
    (call) => {
      const payment = ownPayment(platform, call, 1407);
      platform.polls.forget(payment.paymentId);
      const amount = minorUnitsOf(membersOf(call.bodyText, ['amount'])['amount']);
      if (amount === undefined) throw apiError(1102);
      capture(platform, payment, amount);
      call.note(`capture ${decimalTextOf(amount)}`);
    },
  );

  addApiRoute(
    app,
    platform,
    { operation: 'cancelPayment', method: 'POST', url: `${BASE}/:paymentId/cancel` },
    (call) => {
      const payment = ownPayment(platform, call, 1408);
      platform.polls.forget(payment.paymentId);
      if (call.bodyText !== '') throw apiError(1099, 'cancel has no body');
      const cancelled = act(payment, 'cancel', world.nowMs(), lifetimes);
      if (cancelled === undefined) throw apiError(1300, payment.status);
      world.put(cancelled);
      if (payment.status !== 'Reserved' && payment.customer !== null) world.checkOut(payment.posId);
      call.note(`cancel ${payment.orderId}`);
    },
  );
}

/** The payment of the path, if it is the caller's (400, 403, 404). */
function ownPayment(platform: Platform, call: Call, ofAnotherMerchant: ApiErrorCode): Payment {
  const payment = platform.world.payment(guidOf(call.params['paymentId'], 'paymentId'));
  if (payment === undefined) throw notFound();
  if (payment.clientId !== call.clientId) throw apiError(1401);
  if (payment.merchantVat !== call.merchantVat) throw apiError(ofAnotherMerchant);
  return payment;
}

function create(
  platform: Platform,
  call: Call,
  posIdMember: unknown,
  orderIdMember: unknown,
  terms: PaymentTerms | null,
): Payment {
  const { world } = platform;
  const posId = guidOf(posIdMember, 'posId');
  const orderId = textOf(orderIdMember, 1113);
  const pos = world.pos(posId);
  if (pos === undefined) throw apiError(1000);
  if (pos.clientId !== call.clientId) throw apiError(1400);
  if (pos.merchantVat !== call.merchantVat) throw apiError(1410);
  if (world.stores.get(pos.storeId)?.activated === false) throw apiError(1204);
  if (world.activePayment(posId) !== undefined) throw apiError(1301);
  if (world.paymentsOfOrder(orderId).some((other) => isOf(other, call))) {
    noteViolation(platform.violations, {
      kind: 'order-id-reused',
      message: `A payment with orderId ${orderId} exists already.`,
      path: call.path,
      atMs: world.nowMs(),
    });
  }
  const customer = world.customerAt(posId) ?? null;
  const status = birthStatus(terms === null ? 'prepare' : 'start', customer !== null);
  const blank: Payment = {
    paymentId: randomUUID(),
    posId,
    storeId: pos.storeId,
    orderId,
    clientId: call.clientId,
    merchantVat: call.merchantVat,
    status,
    terms,
    customer,
    capturedMinorUnits: null,
    partialCapturePossible: platform.partialCapturePossible,
    expiresAtMs: null,
    history: [],
  };
  const payment = moveTo(blank, status, world.nowMs(), world.settings.lifetimes);
  world.put(payment);
  call.note(`${orderId}${terms === null ? '' : `, ${priceOf(terms)}`} → ${status}`);
  return payment;
}

function capture(platform: Platform, payment: Payment, amount: number): void {
  if (payment.capturedMinorUnits !== null) {
    if (payment.capturedMinorUnits !== amount) throw apiError(1307);
    return;
  }
  const { world } = platform;
  const captured = act(payment, 'capture', world.nowMs(), world.settings.lifetimes);
  if (captured === undefined || payment.terms === null) throw apiError(1304, payment.status);
  if (amount > payment.terms.amountMinorUnits) throw apiError(1305);
  if (amount < payment.terms.amountMinorUnits && !payment.partialCapturePossible) {
    throw apiError(1308);
  }
  world.put({ ...captured, capturedMinorUnits: amount });
}

function find(platform: Platform, call: Call): Payment[] {
  const { world } = platform;
  const { posId, state } = call.query;
  const orderId = wordOf(call.query['orderId'], 1109);
  if (posId === undefined && orderId === undefined) throw apiError(1109);
  if (posId !== undefined && (typeof posId !== 'string' || !isGuid(posId))) {
    throw apiError(1109, 'posId is not a GUID');
  }
  if (state !== undefined && state !== 'Captured') throw apiError(1109);
  let found: Payment[];
  if (orderId !== undefined) {
    // Of several payments with one order id, only the latest is ever found.
    found = world
      .paymentsOfOrder(orderId)
      .filter((payment) => isOf(payment, call))
      .filter((payment) => posId === undefined || payment.posId === posId.toLowerCase())
      .slice(-1);
  } else if (state === undefined) {
    found = world.openPayments(posId ?? '').filter((payment) => isOf(payment, call));
  } else {
    found = world
      .payments()
      .filter((payment) => isOf(payment, call) && payment.posId === posId?.toLowerCase());
  }
  return found.filter((payment) =>
    state === undefined ? isOpen(payment.status) : payment.status === 'Captured',
  );
}

function isOf(payment: Payment, call: Call): boolean {
  return payment.clientId === call.clientId && payment.merchantVat === call.merchantVat;
}

function priceOf(terms: PaymentTerms): string {
  return `${decimalTextOf(terms.amountMinorUnits)} ${terms.currencyCode}`;
}
