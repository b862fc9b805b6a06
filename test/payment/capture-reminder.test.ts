import { describe, expect, it } from 'vitest';
import { captureDueAt } from '../../src/payment/capture-reminder.ts';
import type { DatedEvent } from '../../src/payment/events.ts';
import {
  adopted,
  at,
  byHand,
  cancelIntended,
  captureIntended,
  created,
  dkk,
  observed,
  paymentAfter,
  refusal,
  started,
} from './samples.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const never = Number.POSITIVE_INFINITY;
const reservedAt = at + 10_000;
const planned = (plannedCaptureDelay: 'None' | 'LessThan24Hours' | 'LessThan14Days') => [
  { ...byHand, plannedCaptureDelay },
  created,
  observed('Reserved', {}, reservedAt),
];
const waits = planned('None');
const wanted: DatedEvent = { ...captureIntended(dkk(700)), at: at + HOUR_MS };
const refused = (final: boolean): DatedEvent => ({
  type: 'captureRefused',
  refusal: refusal('1308'),
  final,
  at: at + 2 * HOUR_MS,
});

describe('when somebody is reminded of a reservation', () => {
  const cases: [string, DatedEvent[], number][] = [
    ['planned for at once', waits, reservedAt + DAY_MS],
    ['planned for a day', planned('LessThan24Hours'), reservedAt + DAY_MS],
    [
      'planned for two weeks, of which it lives one',
      planned('LessThan14Days'),
      reservedAt + 6 * DAY_MS,
    ],
    [
      'planned for two weeks, of which MobilePay gives three days',
      [
        { ...byHand, plannedCaptureDelay: 'LessThan14Days' },
        created,
        observed('Reserved', { expiresAt: reservedAt + 3 * DAY_MS }, reservedAt),
      ],
      reservedAt + 2 * DAY_MS,
    ],
    ['adopted, with a plan nobody knows', [adopted('Reserved', {}, at)], at + DAY_MS],
    ['to be captured', [...waits, wanted], at + HOUR_MS + DAY_MS],
    [
      'to be captured, and refused for now',
      [...waits, wanted, refused(false)],
      at + HOUR_MS + DAY_MS,
    ],
    [
      'waiting again, as a part was refused',
      [...waits, wanted, refused(true)],
      reservedAt + DAY_MS,
    ],
    [
      'to be captured by itself',
      [started(), created, observed('Reserved', {}, reservedAt)],
      reservedAt + DAY_MS,
    ],
    ['to be cancelled', [...waits, { ...cancelIntended, at: at + HOUR_MS }], at + HOUR_MS + DAY_MS],
    [
      'cancelled before it was reserved',
      [started(), created, cancelIntended, observed('Reserved', {}, reservedAt)],
      at + DAY_MS,
    ],
    ['not reserved yet', [started(), created], never],
    ['not reserved, and to be cancelled', [started(), created, cancelIntended], never],
    ['captured', [...waits, observed('Captured')], never],
    ['lapsed', [...waits, observed('ExpiredAndCancelled')], never],
  ];
  it.each(cases)('%s', (_what, events, due) => {
    expect(captureDueAt(paymentAfter(...events))).toBe(due);
  });
});
