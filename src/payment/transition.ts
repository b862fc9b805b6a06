import type { FaultCode } from '../contract/faults.ts';
import type { DeclineReason, PlatformStatus } from '../contract/payment-snapshot.ts';
import type { DatedEvent, EpochMs, PaymentEventType, SeenPayment } from './events.ts';
import type { Create, Payment, PaymentIntent, PaymentState } from './payment.ts';
import { isSettled, nobody, platformStatusOf, unknownOrder } from './payment.ts';
import { platformMoves } from './platform-moves.ts';
import { captureVerdict, readyVerdict } from './verdicts.ts';

/**
 * What an event does to an order. `ignored`: possible (late, repeated, skipped) and changes nothing.
 * `illegal`: cannot happen while the engine keeps its word; it is a defect of ours.
 */
export type Step =
  | { kind: 'moved'; payment: Payment; faults: FaultCode[] }
  | { kind: 'ignored' }
  | { kind: 'illegal' };

type EventOf<T extends PaymentEventType> = Extract<DatedEvent, { type: T }>;
type Cell<T extends PaymentEventType> =
  | ((payment: Payment, event: EventOf<T>) => Step)
  | 'ignore'
  | 'illegal';
type Row = { [T in PaymentEventType]: Cell<T> };

/** A reservation lives 7 days (PoS V10, reservation). */
const RESERVATION_MS = 7 * 24 * 3_600_000;

const ignored: Step = { kind: 'ignored' };
const illegal: Step = { kind: 'illegal' };

function moved(payment: Payment, faults: FaultCode[] = []): Step {
  return { kind: 'moved', payment, faults };
}

/** An end keeps no intent: nothing is left to be tried. */
function ended(payment: Payment, state: PaymentState, reason: DeclineReason | null): Payment {
  return { ...payment, state, intent: null, intendedAt: null, reason };
}

/** From here on the terminal is bound to this, until it is done or refused. */
function bound(payment: Payment, intent: PaymentIntent, at: EpochMs): Payment {
  const reason = intent.kind === 'cancel' ? intent.reason : payment.reason;
  return { ...payment, intent, intendedAt: at, reason };
}

function cancelReason(payment: Payment): DeclineReason | null {
  return payment.intent?.kind === 'cancel' ? payment.intent.reason : null;
}

/** The reason first told to the register stands; else the end speaks for itself. */
function reasonOfEnd(payment: Payment, status: PlatformStatus): DeclineReason | null {
  switch (status) {
    case 'CancelledByUser':
      return cancelReason(payment) ?? 'customer-refused';
    case 'CancelledByClient':
    case 'CancelledByMobilePay':
      return cancelReason(payment) ?? 'by-platform';
    case 'ExpiredAndCancelled':
      return cancelReason(payment) ?? 'expired';
    default:
      return null;
  }
}

function withDetails(payment: Payment, seen: SeenPayment): Payment {
  return {
    ...payment,
    paymentId: seen.paymentId,
    posId: seen.posId,
    amount: payment.amount ?? seen.amount,
    partialCapturePossible: seen.partialCapturePossible ?? payment.partialCapturePossible,
    personal: {
      loyaltyIds: seen.personal.loyaltyIds ?? payment.personal.loyaltyIds,
      customerToken: seen.personal.customerToken ?? payment.personal.customerToken,
      customerReceiptToken:
        seen.personal.customerReceiptToken ?? payment.personal.customerReceiptToken,
    },
  };
}

/**
 * Reserved: the wish to capture binds only if this was journalled before the customer's deadline
 * (rule 7). Later, the cashier has long taken cash: cancel, and say `late-approval`.
 */
function reserved(payment: Payment, seen: SeenPayment, at: EpochMs): Step {
  const held: Payment = {
    ...withDetails(payment, seen),
    state: 'Reserved',
    confirmedAt: at,
    reservedAt: at,
    reservationExpiresAt: seen.expiresAt ?? at + RESERVATION_MS,
  };
  if (held.intent !== null) return moved(held);
  if (held.deadline !== null && at >= held.deadline) {
    const late = bound(held, { kind: 'cancel', reason: 'late-approval' }, at);
    return moved(late, ['late-approval']);
  }
  if (held.autoCapture && held.amount !== null) {
    return moved(bound(held, { kind: 'capture', amount: held.amount }, at));
  }
  return moved(held);
}

function arrived(payment: Payment, seen: SeenPayment, at: EpochMs): Step {
  const detailed: Payment = { ...withDetails(payment, seen), confirmedAt: at };
  switch (seen.status) {
    case 'Prepared':
    case 'Initiated':
    case 'Paired':
    case 'IssuedToUser':
      return moved({ ...detailed, state: seen.status });
    case 'Reserved':
      return reserved(payment, seen, at);
    case 'Captured': {
      const capturedAmount =
        payment.intent?.kind === 'capture'
          ? payment.intent.amount
          : (seen.amount ?? payment.amount);
      return moved({ ...ended(detailed, 'Captured', null), capturedAmount });
    }
    case 'CancelledByUser':
    case 'CancelledByClient':
    case 'CancelledByMobilePay':
    case 'ExpiredAndCancelled': {
      const lost = payment.intent?.kind === 'capture';
      const end = ended(detailed, seen.status, reasonOfEnd(payment, seen.status));
      return moved(end, lost ? ['money-lost'] : []);
    }
  }
}

function sameDetails(before: Payment, after: Payment): boolean {
  return (
    before.partialCapturePossible === after.partialCapturePossible &&
    before.amount === after.amount &&
    JSON.stringify(before.personal) === JSON.stringify(after.personal)
  );
}

/** A look at MobilePay. States never go back (rule 9), and what is said of another is not of this. */
function see(payment: Payment, event: EventOf<'observed'>): Step {
  if (payment.paymentId !== null && payment.paymentId !== event.seen.paymentId) return ignored;
  const from = platformStatusOf(payment);
  if (from === null) return arrived(payment, event.seen, event.at);
  switch (platformMoves[from][event.seen.status]) {
    case 'stale':
      return ignored;
    case 'advance':
      return arrived(payment, event.seen, event.at);
    case 'same': {
      const detailed = withDetails(payment, event.seen);
      if (sameDetails(payment, detailed)) return ignored;
      return moved({ ...detailed, confirmedAt: event.at });
    }
  }
}

/** The first intent wins (rule 8): a second one changes nothing. */
function intendCancel(payment: Payment, event: EventOf<'cancelIntended'>): Step {
  if (payment.intent !== null) return ignored;
  return moved(bound(payment, { kind: 'cancel', reason: event.reason }, event.at));
}

/** Never more than is held, and of what the journal knows to be held (rule 6). */
function intendCapture(payment: Payment, event: EventOf<'captureIntended'>): Step {
  if (payment.intent !== null) return ignored;
  if (captureVerdict(payment, event.amount) !== 'accept') return illegal;
  return moved(bound(payment, { kind: 'capture', amount: event.amount }, event.at));
}

/** Only an intent on disk sends a cancel, and it stays until the end: without one, none was sent. */
function cancelled(payment: Payment, event: EventOf<'cancelAnswered'>): Step {
  if (payment.intent?.kind !== 'cancel') return illegal;
  const end = ended(payment, 'CancelledByClient', payment.intent.reason);
  return moved({ ...end, confirmedAt: event.at });
}

/**
 * A refused cancel, and most refused captures: the intent stands until a look at the payment tells
 * the truth (rule 8). For the register's own mistake about an amount it falls; the money stays held.
 */
function noteRefusal(
  payment: Payment,
  event: EventOf<'cancelRefused'> | EventOf<'captureRefused'>,
): Step {
  const clears =
    event.type === 'captureRefused' && event.final && payment.intent?.kind === 'capture';
  if (!clears && payment.refusal?.code === event.refusal.code) return ignored;
  return moved({
    ...payment,
    refusal: event.refusal,
    ...(clears ? { intent: null, intendedAt: null } : {}),
  });
}

/** Likewise: what was declined is never captured by us. */
function captured(payment: Payment, event: EventOf<'captureAnswered'>): Step {
  if (payment.intent?.kind !== 'capture') return illegal;
  const end = ended(payment, 'Captured', null);
  return moved({ ...end, capturedAmount: payment.intent.amount, confirmedAt: event.at });
}

function begin(payment: Payment, event: EventOf<'started'>): Step {
  return moved({
    ...payment,
    state: 'creating',
    orderId: event.orderId,
    posId: event.posId,
    amount: event.amount,
    create: createOf('start', event),
    deadline: event.deadline,
    autoCapture: event.autoCapture,
    plannedCaptureDelay: event.plannedCaptureDelay,
  });
}

function beginPreparing(payment: Payment, event: EventOf<'preparationStarted'>): Step {
  return moved({
    ...payment,
    state: 'creating',
    orderId: event.orderId,
    posId: event.posId,
    create: createOf('prepare', event),
    deadline: event.deadline,
  });
}

function createOf(
  kind: Create['kind'],
  event: EventOf<'started'> | EventOf<'preparationStarted'>,
): Create {
  const { idempotencyKey, body, expiresAt, at: startedAt, commandId = null, deadline } = event;
  return { kind, idempotencyKey, body, expiresAt, startedAt, commandId, deadline };
}

/** From here on the customer's time runs. The first terms stand, as the first intent does. */
function makeReady(payment: Payment, event: EventOf<'readied'>): Step {
  if (payment.ready !== null || payment.intent !== null) return ignored;
  if (readyVerdict(payment, event) !== 'accept') return illegal;
  const { amount, body, expiresAt, customerTimeoutSeconds, autoCapture } = event;
  const { plannedCaptureDelay, commandId = null } = event;
  return moved({
    ...payment,
    amount,
    ready: { body, expiresAt, customerTimeoutSeconds, autoCapture, commandId },
    deadline: event.at + customerTimeoutSeconds * 1000,
    autoCapture,
    plannedCaptureDelay,
  });
}

/** Known for certain: ready, and whether a customer is there; the next look may know more. */
function readyAnswered(payment: Payment, event: EventOf<'readyAnswered'>): Step {
  if (payment.ready === null) return illegal;
  const state = payment.state === 'Paired' ? 'IssuedToUser' : 'Initiated';
  return moved({ ...payment, state, confirmedAt: event.at });
}

/** A final no takes the terms back: the payment waits for others, or for its end. */
function readyRefused(payment: Payment, event: EventOf<'readyRefused'>): Step {
  if (payment.ready === null) return illegal;
  const noted: Payment = { ...payment, refusal: event.refusal };
  if (event.final && payment.intent === null) {
    return moved({
      ...noted,
      amount: null,
      ready: null,
      deadline: payment.create?.deadline ?? null,
      autoCapture: false,
      plannedCaptureDelay: null,
    });
  }
  return payment.refusal?.code === event.refusal.code ? ignored : moved(noted);
}

/** An order the journal lacked: no deadline and no intent, it waits for the register (rule 6). */
function adopt(payment: Payment, event: EventOf<'adopted'>): Step {
  return arrived({ ...payment, orderId: event.seen.orderId }, event.seen, event.at);
}

/** Cancelled before it was known to exist: should it turn up, it goes. */
function adoptToCancel(payment: Payment, event: EventOf<'adopted'> | EventOf<'observed'>): Step {
  const reason = payment.reason ?? 'not-created';
  return arrived(bound(payment, { kind: 'cancel', reason }, event.at), event.seen, event.at);
}

function seek(payment: Payment, event: EventOf<'sought'>): Step {
  const sought: Payment = {
    ...payment,
    state: 'sought',
    orderId: event.orderId,
    posId: event.posId,
  };
  return moved(bound(sought, { kind: 'cancel', reason: 'by-register' }, event.at));
}

function bar(payment: Payment, event: EventOf<'barred'>): Step {
  return moved(ended({ ...payment, orderId: event.orderId }, 'barred', 'by-register'));
}

function createAnswered(payment: Payment, event: EventOf<'createAnswered'>): Step {
  return moved({
    ...payment,
    state: payment.create?.kind === 'prepare' ? 'Prepared' : 'Initiated',
    paymentId: event.paymentId,
    confirmedAt: event.at,
  });
}

/** An answer that comes when the order was already given up: it exists after all, so it goes. */
function createAnsweredLate(payment: Payment, event: EventOf<'createAnswered'>): Step {
  const reason = payment.reason ?? 'not-created';
  return createAnswered(bound(payment, { kind: 'cancel', reason }, event.at), event);
}

function sameCreate(payment: Payment, event: EventOf<'createAnswered'>): Step {
  return payment.paymentId === event.paymentId ? ignored : illegal;
}

/** Told to the register once as `unknown`; later attempts of the same key add nothing. */
function unanswered(payment: Payment, _event: EventOf<'createUnanswered'>): Step {
  return payment.createAmbiguous ? ignored : moved({ ...payment, createAmbiguous: true });
}

function absent(payment: Payment): Payment {
  return ended(payment, 'absent', cancelReason(payment) ?? 'not-created');
}

/** A coded 4xx proves that nothing exists only if no earlier attempt was ambiguous (rule 3). */
function createRefused(payment: Payment, event: EventOf<'createRefused'>): Step {
  const noted: Payment = { ...payment, refusal: event.refusal };
  if (event.proof && !payment.createAmbiguous) return moved(absent(noted));
  const known = payment.createAmbiguous && payment.refusal?.code === event.refusal.code;
  return known ? ignored : moved({ ...noted, createAmbiguous: true });
}

/** Nothing left this time; what an earlier attempt did is another matter (rule 3). */
function createUnsent(payment: Payment, _event: EventOf<'createUnsent'>): Step {
  return payment.createAmbiguous ? ignored : moved({ ...absent(payment), confirmedUnsent: true });
}

function rekey(payment: Payment, event: EventOf<'rekeyed'>): Step {
  if (payment.create === null || payment.intent !== null) return illegal;
  return moved({
    ...payment,
    create: { ...payment.create, idempotencyKey: event.idempotencyKey },
    createAmbiguous: false,
  });
}

function countForeignCancel(payment: Payment, _event: EventOf<'foreignCancelIntended'>): Step {
  if (payment.foreignCancels > 0) return illegal;
  return moved({ ...payment, foreignCancels: payment.foreignCancels + 1 }, [
    'foreign-payment-cancelled',
  ]);
}

const nothingBegun: Row = {
  started: 'illegal',
  preparationStarted: 'illegal',
  readied: 'illegal',
  readyAnswered: 'illegal',
  readyRefused: 'illegal',
  adopted: 'illegal',
  sought: 'illegal',
  barred: 'illegal',
  createAnswered: 'illegal',
  createUnanswered: 'illegal',
  createUnsent: 'illegal',
  createRefused: 'illegal',
  rekeyed: 'illegal',
  foreignCancelIntended: 'illegal',
  observed: 'illegal',
  absenceConcluded: 'illegal',
  cancelIntended: 'illegal',
  cancelAnswered: 'illegal',
  cancelRefused: 'illegal',
  captureIntended: 'illegal',
  captureAnswered: 'illegal',
  captureRefused: 'illegal',
};

/** What can still come in late once MobilePay is known to have the payment. */
const known: Row = {
  ...nothingBegun,
  adopted: 'ignore',
  sought: 'ignore',
  createAnswered: sameCreate,
  createUnanswered: 'ignore',
  createUnsent: 'ignore',
  createRefused: 'ignore',
  observed: see,
  absenceConcluded: 'ignore',
  readyAnswered: 'ignore',
  readyRefused: 'ignore',
};

const active: Row = {
  ...known,
  cancelIntended: intendCancel,
  cancelAnswered: cancelled,
  cancelRefused: noteRefusal,
};

/** The register says the amount later. */
const prepared: Row = { ...active, readied: makeReady, readyAnswered, readyRefused };

const over: Row = {
  ...known,
  cancelIntended: 'ignore',
  cancelAnswered: 'ignore',
  cancelRefused: 'ignore',
  captureIntended: 'ignore',
  captureAnswered: 'ignore',
  captureRefused: 'ignore',
};

/** Total: a missing cell does not compile. */
export const transitionTable: Record<PaymentState, Row> = {
  none: {
    ...nothingBegun,
    started: begin,
    preparationStarted: beginPreparing,
    adopted: adopt,
    sought: seek,
    barred: bar,
  },
  creating: {
    ...nothingBegun,
    createAnswered,
    createUnanswered: unanswered,
    createUnsent,
    createRefused,
    rekeyed: rekey,
    foreignCancelIntended: countForeignCancel,
    readied: makeReady,
    observed: see,
    absenceConcluded: (payment) => moved(absent(payment)),
    cancelIntended: intendCancel,
  },
  sought: {
    ...nothingBegun,
    observed: see,
    absenceConcluded: (payment) => moved(absent(payment)),
    cancelIntended: 'ignore',
  },
  barred: { ...nothingBegun, barred: 'ignore', adopted: adoptToCancel, cancelIntended: 'ignore' },
  absent: {
    ...nothingBegun,
    createAnswered: createAnsweredLate,
    createUnanswered: 'ignore',
    createUnsent: 'ignore',
    createRefused: 'ignore',
    observed: adoptToCancel,
    absenceConcluded: 'ignore',
    cancelIntended: 'ignore',
  },
  Prepared: prepared,
  Initiated: active,
  Paired: prepared,
  IssuedToUser: active,
  Reserved: {
    ...active,
    captureIntended: intendCapture,
    captureAnswered: captured,
    captureRefused: noteRefusal,
  },
  Captured: over,
  CancelledByUser: over,
  CancelledByClient: over,
  CancelledByMobilePay: over,
  ExpiredAndCancelled: over,
};

/** The next state of an order. No clock, no I/O, no randomness: `event.at` is all the time it has. */
export function transition(payment: Payment, event: DatedEvent): Step {
  const cell = transitionTable[payment.state][event.type] as Cell<PaymentEventType>;
  if (cell === 'ignore') return ignored;
  if (cell === 'illegal') return illegal;
  const step = (cell as (payment: Payment, event: DatedEvent) => Step)(payment, event);
  if (step.kind !== 'moved') return step;
  return { ...step, payment: { ...step.payment, revision: payment.revision + 1 } };
}

/** The order that these events add up to; undefined for none. */
export function foldPayment(events: readonly DatedEvent[]): Payment | undefined {
  let payment: Payment | undefined;
  for (const event of events) {
    payment ??= { ...unknownOrder(orderIdOf(event)), personal: nobody };
    const step = transition(payment, event);
    if (step.kind === 'moved') payment = step.payment;
  }
  return payment;
}

function orderIdOf(event: DatedEvent): string {
  if (event.type === 'adopted' || event.type === 'observed') return event.seen.orderId;
  return 'orderId' in event ? event.orderId : '';
}

/** Whether the order needs no more attention after this step. */
export function settles(step: Step): boolean {
  return step.kind === 'moved' && isSettled(step.payment);
}
