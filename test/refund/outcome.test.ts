import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/contract/payment-snapshot.ts';
import type { RefundDeclineReason } from '../../src/contract/refund-snapshot.ts';
import type { DatedRefundEvent } from '../../src/refund/events.ts';
import { outcomeOf, reasonOf } from '../../src/refund/outcome.ts';
import { isPaidOut, isSettled, platformStatusOf, refundStates } from '../../src/refund/refund.ts';
import {
  at,
  barred,
  byHand,
  cancelAnswered,
  cancelIntended,
  captureAnswered,
  created,
  nothingThere,
  observed,
  refundAfter,
  refusal,
  started,
} from './samples.ts';

interface Case {
  when: string;
  events: DatedRefundEvent[];
  outcome: Outcome;
  reason: RefundDeclineReason | null;
  /** `-`: MobilePay is not known to have it. */
  status: string;
  is: ('settled' | 'paid out')[];
}

const reserved = [byHand, created, observed('Reserved')];
const refused: DatedRefundEvent = {
  type: 'createRefused',
  refusal: refusal('1367'),
  proof: true,
  at,
};

/* biome-ignore format: a table */
const cases: Case[] = [
  { when: 'nothing is journalled', events: [], outcome: 'unknown', reason: null, status: '-', is: [] },
  { when: 'a create may be out', events: [started()], outcome: 'unknown', reason: null, status: '-', is: [] },
  { when: 'a create is out and unwanted', events: [started(), cancelIntended], outcome: 'declined', reason: 'by-register', status: '-', is: [] },
  { when: 'an unknown refund is cancelled', events: [barred], outcome: 'declined', reason: 'by-register', status: '-', is: ['settled'] },
  { when: 'no create arrived', events: [started(), nothingThere], outcome: 'declined', reason: 'not-created', status: '-', is: ['settled'] },
  { when: 'no create left', events: [started(), { type: 'createUnsent', at }], outcome: 'declined', reason: 'not-created', status: '-', is: ['settled'] },
  { when: 'the create was refused', events: [started(), refused], outcome: 'declined', reason: 'not-created', status: '-', is: ['settled'] },
  { when: 'no unwanted create arrived', events: [started(), cancelIntended, nothingThere], outcome: 'declined', reason: 'by-register', status: '-', is: ['settled'] },
  { when: 'it is initiated', events: [started(), created], outcome: 'pending', reason: null, status: 'Initiated', is: [] },
  { when: 'the initiated one is unwanted', events: [started(), created, cancelIntended], outcome: 'declined', reason: 'by-register', status: 'Initiated', is: [] },
  { when: 'it is reserved', events: reserved, outcome: 'approved', reason: null, status: 'Reserved', is: [] },
  { when: 'it is to be captured', events: [started(), created, observed('Reserved')], outcome: 'approved', reason: null, status: 'Reserved', is: [] },
  { when: 'it is reserved and unwanted', events: [...reserved, cancelIntended], outcome: 'declined', reason: 'by-register', status: 'Reserved', is: [] },
  { when: 'it is captured', events: [started(), created, observed('Reserved'), captureAnswered], outcome: 'approved', reason: null, status: 'Captured', is: ['settled', 'paid out'] },
  { when: 'it was captured by another client', events: [...reserved, observed('Captured')], outcome: 'approved', reason: null, status: 'Captured', is: ['settled', 'paid out'] },
  { when: 'it was captured in spite of us', events: [...reserved, cancelIntended, observed('Captured')], outcome: 'approved', reason: null, status: 'Captured', is: ['settled', 'paid out'] },
  { when: 'nobody decided for a day', events: [...reserved, observed('ExpiredAndCaptured')], outcome: 'approved', reason: null, status: 'ExpiredAndCaptured', is: ['settled', 'paid out'] },
  { when: 'it lapsed while we cancel', events: [...reserved, cancelIntended, observed('ExpiredAndCaptured')], outcome: 'approved', reason: null, status: 'ExpiredAndCaptured', is: ['settled', 'paid out'] },
  { when: 'our cancel was done', events: [...reserved, cancelIntended, cancelAnswered], outcome: 'declined', reason: 'by-register', status: 'CancelledByClient', is: ['settled'] },
  { when: 'our cancel was seen', events: [...reserved, cancelIntended, observed('CancelledByClient')], outcome: 'declined', reason: 'by-register', status: 'CancelledByClient', is: ['settled'] },
  { when: 'another client cancelled', events: [...reserved, observed('CancelledByClient')], outcome: 'declined', reason: 'by-platform', status: 'CancelledByClient', is: ['settled'] },
  { when: 'MobilePay cancelled', events: [started(), created, observed('CancelledByMobilePay')], outcome: 'declined', reason: 'by-platform', status: 'CancelledByMobilePay', is: ['settled'] },
  { when: 'MobilePay cancelled what we cancel', events: [started(), created, cancelIntended, observed('CancelledByMobilePay')], outcome: 'declined', reason: 'by-register', status: 'CancelledByMobilePay', is: ['settled'] },
  { when: 'MobilePay cancelled what we capture', events: [started(), created, observed('Reserved'), observed('CancelledByMobilePay')], outcome: 'declined', reason: 'by-platform', status: 'CancelledByMobilePay', is: ['settled'] },
  { when: 'a given-up refund turns up', events: [started(), nothingThere, observed('Reserved')], outcome: 'declined', reason: 'not-created', status: 'Reserved', is: [] },
  { when: 'a given-up create is answered', events: [started(), cancelIntended, nothingThere, created], outcome: 'declined', reason: 'by-register', status: 'Initiated', is: [] },
  { when: 'a given-up refund was paid out', events: [started(), nothingThere, observed('Captured')], outcome: 'approved', reason: null, status: 'Captured', is: ['settled', 'paid out'] },
];

describe('what the register is told of a refund', () => {
  it.each(cases)('when $when: $outcome ($reason), $status, $is', (expected) => {
    const refund = refundAfter(...expected.events);
    const is = [
      ...(isSettled(refund) ? ['settled'] : []),
      ...(isPaidOut(refund) ? ['paid out'] : []),
    ];
    expect({
      outcome: outcomeOf(refund),
      reason: reasonOf(refund),
      status: platformStatusOf(refund) ?? '-',
      is,
    }).toEqual({
      outcome: expected.outcome,
      reason: expected.reason,
      status: expected.status,
      is: expected.is,
    });
  });

  it('is expected for every state', () => {
    const states = new Set(cases.map(({ events }) => refundAfter(...events).state));
    expect(states).toEqual(new Set(refundStates));
  });
});
