import { describe, expect, it } from 'vitest';
import type { DatedRefundEvent } from '../../src/refund/events.ts';
import type { Owed } from '../../src/refund/owed.ts';
import { mayCreate, overdueAt, owedOf } from '../../src/refund/owed.ts';
import { refundStates } from '../../src/refund/refund.ts';
import {
  at,
  barred,
  byHand,
  cancelAnswered,
  cancelIntended,
  captureAnswered,
  captureIntended,
  created,
  HOUR_MS,
  nothingThere,
  observed,
  paymentId,
  refundAfter,
  refundId,
  started,
  startedAt,
} from './samples.ts';

const nothing: Owed = { do: 'nothing' };
const find: Owed = { do: 'find', paymentId };
const ask: Owed = { do: 'ask', refundId };
const capture: Owed = { do: 'capture', refundId };
const cancel: Owed = { do: 'cancel', refundId };
const watch: Owed = { do: 'watch', refundId };
const reserved = [byHand, created, observed('Reserved')];
const unanswered: DatedRefundEvent = { type: 'createUnanswered', at };

interface Case {
  when: string;
  events: DatedRefundEvent[];
  owed: Owed;
  /** A create may leave. */
  create?: true;
  /** Somebody must look after it at 20 h. */
  overdue?: true;
}

/* biome-ignore format: a table */
const cases: Case[] = [
  { when: 'nothing is journalled', events: [], owed: nothing },
  { when: 'it was cancelled before it began', events: [barred], owed: nothing },
  { when: 'a create may be out', events: [started()], owed: find, create: true, overdue: true },
  { when: 'a create is unanswered', events: [started(), unanswered], owed: find, create: true, overdue: true },
  { when: 'a create is out and unwanted', events: [started(), cancelIntended], owed: find, overdue: true },
  { when: 'nothing arrived', events: [started(), nothingThere], owed: nothing },
  { when: 'it is initiated', events: [started(), created], owed: ask, overdue: true },
  { when: 'it is initiated and unwanted', events: [started(), created, cancelIntended], owed: cancel, overdue: true },
  { when: 'it is reserved and to be captured', events: [started(), created, observed('Reserved')], owed: capture },
  { when: 'it is reserved and waits', events: reserved, owed: watch, overdue: true },
  { when: 'the register wants it captured', events: [...reserved, captureIntended], owed: capture },
  { when: 'the register wants it cancelled', events: [...reserved, cancelIntended], owed: cancel, overdue: true },
  { when: 'it is captured', events: [...reserved, captureIntended, captureAnswered], owed: nothing },
  { when: 'it is cancelled', events: [...reserved, cancelIntended, cancelAnswered], owed: nothing },
  { when: 'MobilePay cancelled it', events: [started(), created, observed('CancelledByMobilePay')], owed: nothing },
  { when: 'it was paid out by itself', events: [...reserved, observed('ExpiredAndCaptured')], owed: nothing },
  { when: 'a given-up refund turns up', events: [started(), nothingThere, created], owed: cancel, overdue: true },
];

describe('what is owed to a refund', () => {
  it.each(cases)('when $when: $owed.do', ({ events, owed }) => {
    expect(owedOf(refundAfter(...events))).toEqual(owed);
  });

  it.each(cases)('rule 2: when $when, a create may leave: $create', ({ events, create }) => {
    expect(mayCreate(refundAfter(...events), startedAt)).toBe(create ?? false);
  });

  it.each(cases)('rule 11: when $when, it is a fault at 20 h: $overdue', ({ events, overdue }) => {
    const expected = overdue === true ? startedAt + 20 * HOUR_MS : null;
    expect(overdueAt(refundAfter(...events))).toBe(expected);
  });

  it('is expected for every state', () => {
    const states = new Set(cases.map(({ events }) => refundAfter(...events).state));
    expect(states).toEqual(new Set(refundStates));
  });
});

describe('rule 2: the limits of a create', () => {
  it('it is repeated for 12 h, and not any longer', () => {
    const refund = refundAfter(started(), unanswered);
    expect(mayCreate(refund, startedAt + 12 * HOUR_MS - 1)).toBe(true);
    expect(mayCreate(refund, startedAt + 12 * HOUR_MS)).toBe(false);
  });

  it('it does not leave after the intent to cancel, however early', () => {
    expect(mayCreate(refundAfter(started(), cancelIntended), startedAt)).toBe(false);
  });
});

describe('when MobilePay pays a reserved refund out by itself', () => {
  it('24 h after the start at the earliest, however late the reservation was learnt', () => {
    const late = observed('Reserved', {}, startedAt + 5 * HOUR_MS);
    expect(refundAfter(byHand, created, late)).toMatchObject({
      reservedAt: startedAt + 5 * HOUR_MS,
      paysOutAt: startedAt + 24 * HOUR_MS,
    });
    expect(refundAfter(byHand, created).paysOutAt).toBeNull();
  });
});
