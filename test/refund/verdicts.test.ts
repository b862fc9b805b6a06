import { describe, expect, it } from 'vitest';
import type { DatedRefundEvent, SeenRefund } from '../../src/refund/events.ts';
import { refundStates } from '../../src/refund/refund.ts';
import type { Verdict } from '../../src/refund/verdicts.ts';
import { cancelVerdict, captureVerdict, isSameRefund } from '../../src/refund/verdicts.ts';
import {
  barred,
  byHand,
  cancelAnswered,
  cancelIntended,
  captureAnswered,
  captureIntended,
  created,
  dkk,
  nothingThere,
  observed,
  refundAfter,
  seen,
  started,
} from './samples.ts';

const reserved = [byHand, created, observed('Reserved')];

/* biome-ignore format: a table */
const cases: [string, DatedRefundEvent[], Verdict, Verdict][] = [
  // when                       events                                               capture        cancel
  ['nothing is journalled',     [],                                                  'wrong-state', 'already'],
  ['it was barred',             [barred],                                            'wrong-state', 'already'],
  ['a create is out',           [started()],                                         'wrong-state', 'accept'],
  ['a create is unwanted',      [started(), cancelIntended],                         'wrong-state', 'already'],
  ['it is absent',              [started(), nothingThere],                           'wrong-state', 'already'],
  ['it is initiated',           [started(), created],                                'wrong-state', 'accept'],
  ['it is reserved and waits',  reserved,                                            'accept',      'accept'],
  ['it is to be captured',      [started(), created, observed('Reserved')],          'already',     'wrong-state'],
  ['the register captures it',  [...reserved, captureIntended],                      'already',     'wrong-state'],
  ['the register cancels it',   [...reserved, cancelIntended],                       'wrong-state', 'already'],
  ['it is captured',            [...reserved, captureIntended, captureAnswered],     'already',     'wrong-state'],
  ['it is cancelled',           [...reserved, cancelIntended, cancelAnswered],       'wrong-state', 'already'],
  ['MobilePay cancelled it',    [started(), created, observed('CancelledByMobilePay')], 'wrong-state', 'already'],
  ['it was paid out by itself', [...reserved, observed('ExpiredAndCaptured')],       'already',     'wrong-state'],
];

describe('what a command meets', () => {
  it.each(cases)('when %s: capture and cancel', (_when, events, capture, cancel) => {
    const refund = refundAfter(...events);
    expect([captureVerdict(refund), cancelVerdict(refund)]).toEqual([capture, cancel]);
  });

  it('is expected for every state', () => {
    const states = new Set(cases.map(([, events]) => refundAfter(...events).state));
    expect(states).toEqual(new Set(refundStates));
  });
});

describe('rule 11: a refund found at MobilePay is ours', () => {
  /* biome-ignore format: a table */
  const others: [string, Partial<SeenRefund>][] = [
    ['another refundOrderId', { refundOrderId: 'refund-2' }],
    ['another payment',       { paymentId: 'payment-2' }],
    ['another amount',        { amount: dkk(501) }],
    ['another currency',      { amount: { currency: 'EUR', value: 500 } }],
  ];

  it('by refundOrderId, payment, amount and currency', () => {
    expect(isSameRefund(refundAfter(started()), seen('Reserved'))).toBe(true);
  });

  it('however the letters of the payment’s GUID were written', () => {
    const written = seen('Reserved', { paymentId: 'PAYMENT-1' });
    expect(isSameRefund(refundAfter(started()), written)).toBe(true);
  });

  it.each(others)('and not with %s', (_what, more) => {
    expect(isSameRefund(refundAfter(started()), seen('Reserved', more))).toBe(false);
  });

  it('and once its id is known, by that too', () => {
    const known = refundAfter(started(), created);
    expect(isSameRefund(known, seen('Reserved'))).toBe(true);
    expect(isSameRefund(known, seen('Reserved', { refundId: 'refund-id-2' }))).toBe(false);
  });
});
