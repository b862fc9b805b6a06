import { describe, expect, it } from 'vitest';
import type { DeclineReason, Outcome } from '../../src/contract/payment-snapshot.ts';
import type { DatedEvent } from '../../src/payment/events.ts';
import { isUndecided, outcomeOf, reasonOf } from '../../src/payment/outcome.ts';
import { isActive, isSettled, paymentStates, platformStatusOf } from '../../src/payment/payment.ts';
import {
  adopted,
  at,
  byHand,
  cancelIntended,
  created,
  deadline,
  observed,
  orderId,
  paymentAfter,
  posId,
  refusal,
  started,
} from './samples.ts';

interface Case {
  when: string;
  events: DatedEvent[];
  outcome: Outcome;
  reason: DeclineReason | null;
  /** `-`: MobilePay is not known to have it. */
  status: string;
  is: ('undecided' | 'active' | 'settled')[];
}

const timedOut: DatedEvent = { type: 'cancelIntended', reason: 'customer-timeout', at: deadline };
const reserved = [byHand, created, observed('Reserved')];
const sought: DatedEvent = { type: 'sought', orderId, posId, at };
const barred: DatedEvent = { type: 'barred', orderId, at };
const nothingThere: DatedEvent = { type: 'absenceConcluded', at };
const refused: DatedEvent = { type: 'createRefused', refusal: refusal('1102'), proof: true, at };

/* biome-ignore format: a table */
const cases: Case[] = [
  { when: 'nothing is journalled', events: [], outcome: 'unknown', reason: null, status: '-', is: ['undecided'] },
  { when: 'a create may be out', events: [started()], outcome: 'unknown', reason: null, status: '-', is: ['undecided'] },
  { when: 'a create is out and unwanted', events: [started(), cancelIntended], outcome: 'declined', reason: 'by-register', status: '-', is: [] },
  { when: 'an order nobody could ask about is cancelled', events: [sought], outcome: 'unknown', reason: null, status: '-', is: ['undecided'] },
  { when: 'an unknown order is cancelled', events: [barred], outcome: 'declined', reason: 'by-register', status: '-', is: ['settled'] },
  { when: 'no create arrived', events: [started(), nothingThere], outcome: 'declined', reason: 'not-created', status: '-', is: ['settled'] },
  { when: 'no create left', events: [started(), { type: 'createUnsent', at }], outcome: 'declined', reason: 'not-created', status: '-', is: ['settled'] },
  { when: 'the create was refused', events: [started(), refused], outcome: 'declined', reason: 'not-created', status: '-', is: ['settled'] },
  { when: 'no unwanted create arrived', events: [started(), timedOut, nothingThere], outcome: 'declined', reason: 'customer-timeout', status: '-', is: ['settled'] },
  { when: 'a sought order does not exist', events: [sought, nothingThere], outcome: 'declined', reason: 'by-register', status: '-', is: ['settled'] },
  { when: 'it is prepared', events: [started(), observed('Prepared')], outcome: 'pending', reason: null, status: 'Prepared', is: ['undecided', 'active'] },
  { when: 'it is initiated', events: [started(), created], outcome: 'pending', reason: null, status: 'Initiated', is: ['undecided', 'active'] },
  { when: 'a customer is there', events: [started(), observed('Paired')], outcome: 'pending', reason: null, status: 'Paired', is: ['undecided', 'active'] },
  { when: 'the customer has it', events: [started(), observed('IssuedToUser')], outcome: 'pending', reason: null, status: 'IssuedToUser', is: ['undecided', 'active'] },
  { when: 'the prepared one is unwanted', events: [started(), observed('Prepared'), cancelIntended], outcome: 'declined', reason: 'by-register', status: 'Prepared', is: ['active'] },
  { when: 'the initiated one is unwanted', events: [started(), created, timedOut], outcome: 'declined', reason: 'customer-timeout', status: 'Initiated', is: ['active'] },
  { when: 'the paired one is unwanted', events: [started(), observed('Paired'), cancelIntended], outcome: 'declined', reason: 'by-register', status: 'Paired', is: ['active'] },
  { when: 'the customer has it in vain', events: [started(), observed('IssuedToUser'), timedOut], outcome: 'declined', reason: 'customer-timeout', status: 'IssuedToUser', is: ['active'] },
  { when: 'it is reserved', events: reserved, outcome: 'approved', reason: null, status: 'Reserved', is: [] },
  { when: 'it is to be captured', events: [started(), created, observed('Reserved')], outcome: 'approved', reason: null, status: 'Reserved', is: [] },
  { when: 'it is reserved and unwanted', events: [...reserved, cancelIntended], outcome: 'declined', reason: 'by-register', status: 'Reserved', is: [] },
  { when: 'it was approved too late', events: [started(), created, observed('Reserved', {}, deadline)], outcome: 'declined', reason: 'late-approval', status: 'Reserved', is: [] },
  { when: 'it is captured', events: [...reserved, observed('Captured')], outcome: 'approved', reason: null, status: 'Captured', is: ['settled'] },
  { when: 'it was captured in spite of us', events: [...reserved, cancelIntended, observed('Captured')], outcome: 'approved', reason: null, status: 'Captured', is: ['settled'] },
  { when: 'the customer refused', events: [started(), created, observed('CancelledByUser')], outcome: 'declined', reason: 'customer-refused', status: 'CancelledByUser', is: ['settled'] },
  { when: 'our cancel was done', events: [started(), created, timedOut, { type: 'cancelAnswered', at }], outcome: 'declined', reason: 'customer-timeout', status: 'CancelledByClient', is: ['settled'] },
  { when: 'another client cancelled', events: [started(), created, observed('CancelledByClient')], outcome: 'declined', reason: 'by-platform', status: 'CancelledByClient', is: ['settled'] },
  { when: 'MobilePay cancelled', events: [started(), created, observed('CancelledByMobilePay')], outcome: 'declined', reason: 'by-platform', status: 'CancelledByMobilePay', is: ['settled'] },
  { when: 'the reservation lapsed', events: [...reserved, observed('ExpiredAndCancelled')], outcome: 'declined', reason: 'expired', status: 'ExpiredAndCancelled', is: ['settled'] },
  { when: 'the customer refused what we cancel', events: [started(), created, timedOut, observed('CancelledByUser')], outcome: 'declined', reason: 'customer-timeout', status: 'CancelledByUser', is: ['settled'] },
  { when: 'MobilePay cancelled what we cancel', events: [started(), created, timedOut, observed('CancelledByMobilePay')], outcome: 'declined', reason: 'customer-timeout', status: 'CancelledByMobilePay', is: ['settled'] },
  { when: 'it lapsed while we cancel', events: [...reserved, cancelIntended, observed('ExpiredAndCancelled')], outcome: 'declined', reason: 'by-register', status: 'ExpiredAndCancelled', is: ['settled'] },
  { when: 'an unknown reservation is adopted', events: [adopted('Reserved')], outcome: 'approved', reason: null, status: 'Reserved', is: [] },
  { when: 'a barred order turns up', events: [barred, adopted('Reserved')], outcome: 'declined', reason: 'by-register', status: 'Reserved', is: [] },
  { when: 'a sought order turns up', events: [sought, observed('Reserved')], outcome: 'declined', reason: 'by-register', status: 'Reserved', is: [] },
  { when: 'a given-up order turns up', events: [started(), nothingThere, observed('Reserved')], outcome: 'declined', reason: 'not-created', status: 'Reserved', is: [] },
  { when: 'a given-up create is answered', events: [started(), timedOut, nothingThere, created], outcome: 'declined', reason: 'customer-timeout', status: 'Initiated', is: ['active'] },
];

describe('what the register is told', () => {
  it.each(cases)('when $when: $outcome ($reason), $status, $is', (expected) => {
    const payment = paymentAfter(...expected.events);
    const is = [
      ...(isUndecided(payment) ? ['undecided'] : []),
      ...(isActive(payment.state) ? ['active'] : []),
      ...(isSettled(payment) ? ['settled'] : []),
    ];
    expect({
      outcome: outcomeOf(payment),
      reason: reasonOf(payment),
      status: platformStatusOf(payment) ?? '-',
      is,
    }).toEqual({
      outcome: expected.outcome,
      reason: expected.reason,
      status: expected.status,
      is: expected.is,
    });
  });

  it('is expected for every state', () => {
    const states = new Set(cases.map(({ events }) => paymentAfter(...events).state));
    expect(states).toEqual(new Set(paymentStates));
  });
});
