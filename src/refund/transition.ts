import type { FaultCode } from '../contract/faults.ts';
import type { RefundDeclineReason } from '../contract/refund-snapshot.ts';
import type { EpochMs } from '../payment/events.ts';
import type { DatedRefundEvent, RefundEventType, SeenRefund } from './events.ts';
import { PAID_OUT_MS } from './owed.ts';
import { platformMoves } from './platform-moves.ts';
import type { Refund, RefundState } from './refund.ts';
import { platformStatusOf, unknownRefund } from './refund.ts';
import { captureVerdict } from './verdicts.ts';

/**
 * What an event does to a refund. `ignored`: possible (late, repeated, skipped) and changes nothing.
 * `illegal`: cannot happen while the engine keeps its word; it is a defect of ours.
 */
export type Step =
  | { kind: 'moved'; refund: Refund; faults: FaultCode[] }
  | { kind: 'ignored' }
  | { kind: 'illegal' };

type EventOf<T extends RefundEventType> = Extract<DatedRefundEvent, { type: T }>;
type Cell<T extends RefundEventType> =
  | ((refund: Refund, event: EventOf<T>) => Step)
  | 'ignore'
  | 'illegal';
type Row = { [T in RefundEventType]: Cell<T> };

const ignored: Step = { kind: 'ignored' };
const illegal: Step = { kind: 'illegal' };

function moved(refund: Refund, faults: FaultCode[] = []): Step {
  return { kind: 'moved', refund, faults };
}

/** An end keeps no intent: nothing is left to be tried. */
function ended(refund: Refund, state: RefundState, reason: RefundDeclineReason | null): Refund {
  return { ...refund, state, intent: null, reason };
}

function reserved(refund: Refund, at: EpochMs): Refund {
  return {
    ...refund,
    state: 'Reserved',
    reservedAt: at,
    paysOutAt: (refund.create?.startedAt ?? at) + PAID_OUT_MS,
    intent: refund.intent ?? (refund.autoCapture ? 'capture' : null),
  };
}

/** The truth is told, also where it is not what was wanted: paid out in spite of a cancel. */
function arrived(refund: Refund, { status, refundId }: SeenRefund, at: EpochMs): Step {
  const known: Refund = { ...refund, refundId, confirmedAt: at };
  switch (status) {
    case 'Initiated':
      return moved({ ...known, state: status });
    case 'Reserved':
      return moved(reserved(known, at));
    case 'Captured':
    case 'ExpiredAndCaptured':
      return moved(ended(known, status, null), known.intent === 'cancel' ? ['money-lost'] : []);
    case 'CancelledByClient':
    case 'CancelledByMobilePay':
      // The reason first told to the register stands.
      return moved(ended(known, status, known.intent === 'cancel' ? known.reason : 'by-platform'));
  }
}

/** A look at MobilePay. States never go back (rule 9), and what is said of another is not of this. */
function see(refund: Refund, event: EventOf<'observed'>): Step {
  const { seen } = event;
  if (refund.refundId !== null && refund.refundId !== seen.refundId) return ignored;
  const from = platformStatusOf(refund);
  if (from !== null && platformMoves[from][seen.status] !== 'advance') return ignored;
  return arrived(refund, seen, event.at);
}

function begin(refund: Refund, event: EventOf<'started'>): Step {
  const { orderId, paymentId, amount, autoCapture, at } = event;
  const { idempotencyKey, body, repeatUntil, commandId } = event;
  return moved({
    ...refund,
    state: 'creating',
    refundOrderId: event.refundOrderId,
    orderId,
    paymentId,
    amount,
    autoCapture,
    create: { idempotencyKey, body, startedAt: at, repeatUntil, commandId },
  });
}

function bar(refund: Refund, { refundOrderId }: EventOf<'barred'>): Step {
  return moved(ended({ ...refund, refundOrderId }, 'barred', 'by-register'));
}

function createAnswered(refund: Refund, { refundId, at }: EventOf<'createAnswered'>): Step {
  return moved({ ...refund, state: 'Initiated', refundId, confirmedAt: at });
}

/** Told as declined, and there after all: it goes. */
function unwanted(refund: Refund): Refund {
  return { ...refund, intent: 'cancel' };
}

function createAnsweredLate(refund: Refund, event: EventOf<'createAnswered'>): Step {
  return createAnswered(unwanted(refund), event);
}

function seeUnwanted(refund: Refund, event: EventOf<'observed'>): Step {
  return arrived(unwanted(refund), event.seen, event.at);
}

function sameCreate(refund: Refund, event: EventOf<'createAnswered'>): Step {
  return refund.refundId === event.refundId ? ignored : illegal;
}

/** Told to the register once as `unknown`; later attempts of the same key add nothing. */
function unanswered(refund: Refund, _event: EventOf<'createUnanswered'>): Step {
  return refund.createAmbiguous ? ignored : moved({ ...refund, createAmbiguous: true });
}

function absent(refund: Refund): Refund {
  return ended(refund, 'absent', refund.intent === 'cancel' ? refund.reason : 'not-created');
}

/** A coded 4xx proves that nothing exists only if no earlier attempt was ambiguous (rule 3). */
function createRefused(refund: Refund, event: EventOf<'createRefused'>): Step {
  const noted: Refund = { ...refund, refusal: event.refusal };
  if (event.proof && !refund.createAmbiguous) return moved(absent(noted));
  const known = refund.createAmbiguous && refund.refusal?.code === event.refusal.code;
  return known ? ignored : moved({ ...noted, createAmbiguous: true });
}

/** Nothing left this time; what an earlier attempt did is another matter (rule 3). */
function createUnsent(refund: Refund, _event: EventOf<'createUnsent'>): Step {
  return refund.createAmbiguous ? ignored : moved({ ...absent(refund), confirmedUnsent: true });
}

/** The first intent wins (rule 8): a second one changes nothing. */
function intendCancel(refund: Refund, _event: EventOf<'cancelIntended'>): Step {
  if (refund.intent !== null) return ignored;
  return moved({ ...refund, intent: 'cancel', reason: 'by-register' });
}

function intendCapture(refund: Refund, _event: EventOf<'captureIntended'>): Step {
  if (refund.intent !== null) return ignored;
  return captureVerdict(refund) === 'accept' ? moved({ ...refund, intent: 'capture' }) : illegal;
}

/** Only an intent on disk sends a cancel, and it stays until the end: without one, none was sent. */
function cancelled(refund: Refund, { at }: EventOf<'cancelAnswered'>): Step {
  if (refund.intent !== 'cancel') return illegal;
  return moved({ ...ended(refund, 'CancelledByClient', refund.reason), confirmedAt: at });
}

function captured(refund: Refund, { at }: EventOf<'captureAnswered'>): Step {
  if (refund.intent !== 'capture') return illegal;
  return moved({ ...ended(refund, 'Captured', null), confirmedAt: at });
}

/**
 * 1351, 1352 and their like: no refusal clears an intent, since no register's mistake can be mended
 * by another capture of the same refund. It stands until a look tells the truth (rule 8).
 */
function noteRefusal(
  refund: Refund,
  { refusal }: EventOf<'cancelRefused'> | EventOf<'captureRefused'>,
): Step {
  return refund.refusal?.code === refusal.code ? ignored : moved({ ...refund, refusal });
}

const nothingBegun: Row = {
  started: 'illegal',
  barred: 'illegal',
  createAnswered: 'illegal',
  createUnanswered: 'illegal',
  createUnsent: 'illegal',
  createRefused: 'illegal',
  observed: 'illegal',
  absenceConcluded: 'illegal',
  cancelIntended: 'illegal',
  cancelAnswered: 'illegal',
  cancelRefused: 'illegal',
  captureIntended: 'illegal',
  captureAnswered: 'illegal',
  captureRefused: 'illegal',
};

/** What can still come in late once MobilePay is known to have the refund. */
const known: Row = {
  ...nothingBegun,
  createAnswered: sameCreate,
  createUnanswered: 'ignore',
  createUnsent: 'ignore',
  createRefused: 'ignore',
  observed: see,
  absenceConcluded: 'ignore',
};

const active: Row = {
  ...known,
  cancelIntended: intendCancel,
  cancelAnswered: cancelled,
  cancelRefused: noteRefusal,
};

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
export const transitionTable: Record<RefundState, Row> = {
  none: { ...nothingBegun, started: begin, barred: bar },
  creating: {
    ...nothingBegun,
    createAnswered,
    createUnanswered: unanswered,
    createUnsent,
    createRefused,
    observed: see,
    absenceConcluded: (refund) => moved(absent(refund)),
    cancelIntended: intendCancel,
  },
  barred: { ...nothingBegun, barred: 'ignore', cancelIntended: 'ignore' },
  absent: {
    ...nothingBegun,
    createAnswered: createAnsweredLate,
    createUnanswered: 'ignore',
    createUnsent: 'ignore',
    createRefused: 'ignore',
    observed: seeUnwanted,
    absenceConcluded: 'ignore',
    cancelIntended: 'ignore',
  },
  Initiated: active,
  Reserved: {
    ...active,
    captureIntended: intendCapture,
    captureAnswered: captured,
    captureRefused: noteRefusal,
  },
  Captured: over,
  CancelledByClient: over,
  CancelledByMobilePay: over,
  ExpiredAndCaptured: over,
};

/** The next state of a refund. No clock, no I/O, no randomness: `event.at` is all the time it has. */
export function transition(refund: Refund, event: DatedRefundEvent): Step {
  const cell = transitionTable[refund.state][event.type] as Cell<RefundEventType>;
  if (cell === 'ignore') return ignored;
  if (cell === 'illegal') return illegal;
  const step = (cell as (refund: Refund, event: DatedRefundEvent) => Step)(refund, event);
  if (step.kind !== 'moved') return step;
  return { ...step, refund: { ...step.refund, revision: refund.revision + 1 } };
}

/** The refund that these events add up to; undefined for none. */
export function foldRefund(events: readonly DatedRefundEvent[]): Refund | undefined {
  let refund: Refund | undefined;
  for (const event of events) {
    refund ??= unknownRefund('refundOrderId' in event ? event.refundOrderId : '');
    const step = transition(refund, event);
    if (step.kind === 'moved') ({ refund } = step);
  }
  return refund;
}
