import { describe, expect, it } from 'vitest';
import type { DatedRefundEvent } from '../../src/refund/events.ts';
import { foldRefund, transition } from '../../src/refund/transition.ts';
import {
  amount,
  at,
  barred,
  byHand,
  cancelIntended,
  captureIntended,
  created,
  HOUR_MS,
  move,
  nothingThere,
  observed,
  orderId,
  paymentId,
  refundAfter,
  refundId,
  refundOrderId,
  refusal,
  seen,
  started,
  startedAt,
} from './samples.ts';

const refusedWith = (code: string, proof: boolean): DatedRefundEvent => ({
  type: 'createRefused',
  refusal: refusal(code),
  proof,
  at,
});
const unanswered: DatedRefundEvent = { type: 'createUnanswered', at };
const unsent: DatedRefundEvent = { type: 'createUnsent', at };

describe('rule 1: what a create needs is in the first entry', () => {
  it('the payment, the amount, the key and the bytes', () => {
    expect(refundAfter(started())).toMatchObject({
      state: 'creating',
      refundOrderId,
      orderId,
      paymentId,
      amount,
      create: {
        idempotencyKey: 'key-1',
        body: '{"refundOrderId":"refund-1"}',
        startedAt,
        repeatUntil: startedAt + 12 * HOUR_MS,
        commandId: 'c-1',
      },
      autoCapture: true,
      intent: null,
      revision: 1,
    });
  });
});

describe('rule 3: what proves that nothing exists', () => {
  it('a coded refusal, and it is kept for the register', () => {
    const refund = refundAfter(started(), refusedWith('1367', true));
    expect(refund).toMatchObject({ state: 'absent', reason: 'not-created' });
    expect(refund.refusal).toEqual(refusal('1367'));
    expect(refund.confirmedUnsent).toBe(false);
  });

  it('not one that follows an ambiguous attempt', () => {
    const doubtful = refundAfter(started(), unanswered);
    expect(move(doubtful, refusedWith('1367', true)).refund).toMatchObject({
      state: 'creating',
      createAmbiguous: true,
    });
    expect(transition(doubtful, unsent)).toEqual({ kind: 'ignored' });
  });

  it('one without proof is a doubt of its own, told once', () => {
    const doubtful = refundAfter(started(), refusedWith('1306', false));
    expect(doubtful).toMatchObject({ state: 'creating', createAmbiguous: true });
    expect(transition(doubtful, refusedWith('1306', false))).toEqual({ kind: 'ignored' });
    expect(transition(doubtful, unanswered)).toEqual({ kind: 'ignored' });
  });

  it('that no byte of it ever left', () => {
    expect(refundAfter(started(), unsent)).toMatchObject({
      state: 'absent',
      reason: 'not-created',
      confirmedUnsent: true,
    });
  });
});

describe('rule 8: the first intent wins', () => {
  const reserved = refundAfter(byHand, created, observed('Reserved'));
  const toCapture = move(reserved, captureIntended).refund;
  const toCancel = move(reserved, cancelIntended).refund;

  it('a cancel after a capture changes nothing, nor a capture after a cancel', () => {
    expect(transition(toCapture, cancelIntended)).toEqual({ kind: 'ignored' });
    expect(transition(toCancel, captureIntended)).toEqual({ kind: 'ignored' });
  });

  it.each(['1004', '1351', '1352', '1402', '2000'])('code %s clears no intent', (code) => {
    const captureRefused: DatedRefundEvent = { type: 'captureRefused', refusal: refusal(code), at };
    const cancelRefused: DatedRefundEvent = { type: 'cancelRefused', refusal: refusal(code), at };
    expect(move(toCapture, captureRefused).refund).toMatchObject({
      state: 'Reserved',
      intent: 'capture',
      refusal: { code },
    });
    const stillToCancel = move(toCancel, cancelRefused).refund;
    expect(stillToCancel).toMatchObject({ state: 'Reserved', intent: 'cancel', refusal: { code } });
    expect(transition(stillToCancel, cancelRefused)).toEqual({ kind: 'ignored' });
  });

  it('a wish to cancel that stood before it was reserved wins over the automatic capture', () => {
    const unwanted = refundAfter(started(), created, cancelIntended);
    expect(move(unwanted, observed('Reserved')).refund.intent).toBe('cancel');
  });
});

describe('rule 11: doing nothing pays out', () => {
  it.each(['Captured', 'ExpiredAndCaptured'] as const)(
    '%s against the intent to cancel: told truthfully, and loudly',
    (status) => {
      const unwanted = refundAfter(byHand, created, observed('Reserved'), cancelIntended);
      const step = move(unwanted, observed(status));
      expect(step.faults).toEqual(['money-lost']);
      expect(step.refund).toMatchObject({ state: status, intent: null, reason: null });
    },
  );

  it.each(['Captured', 'ExpiredAndCaptured'] as const)(
    '%s as nobody minded: no fault',
    (status) => {
      expect(move(refundAfter(byHand, created), observed(status)).faults).toEqual([]);
    },
  );

  it('without automatic capture a reserved refund waits for the register', () => {
    expect(refundAfter(byHand, created, observed('Reserved')).intent).toBeNull();
    expect(refundAfter(started(), created, observed('Reserved')).intent).toBe('capture');
  });
});

describe('what MobilePay tells', () => {
  it('that another refund stands somewhere is not said of this one', () => {
    const refund = refundAfter(started(), created);
    const other = observed('Captured', { refundId: 'refund-id-2' });
    expect(transition(refund, other)).toEqual({ kind: 'ignored' });
  });

  it('every move tells when MobilePay confirmed it, and the id', () => {
    const found = refundAfter(started(), observed('Initiated', {}, at + 1));
    expect(found).toMatchObject({ refundId, confirmedAt: at + 1 });
    expect(refundAfter(started(), created)).toMatchObject({ refundId, confirmedAt: at });
    const reserved = move(found, observed('Reserved', {}, at + 2)).refund;
    expect(reserved.confirmedAt).toBe(at + 2);
    const captured = move(reserved, { type: 'captureAnswered', at: at + 3 }).refund;
    expect(captured).toMatchObject({ state: 'Captured', confirmedAt: at + 3, intent: null });
    const unwanted = refundAfter(started(), created, cancelIntended);
    const cancelled = move(unwanted, { type: 'cancelAnswered', at: at + 4 }).refund;
    expect(cancelled).toMatchObject({ state: 'CancelledByClient', confirmedAt: at + 4 });
  });
});

describe('folding a journal of a refund', () => {
  it('of no events makes none', () => {
    expect(foldRefund([])).toBeUndefined();
  });

  it.each([started(), barred])('$type names the refund', (event) => {
    expect(foldRefund([event])?.refundOrderId).toBe(refundOrderId);
  });

  it('skips what is ignored or illegal', () => {
    const noise: DatedRefundEvent[] = [
      { type: 'captureAnswered', at },
      unsent,
      { type: 'observed', seen: seen('Initiated'), at },
    ];
    expect(foldRefund([started(), unanswered, ...noise, nothingThere])).toMatchObject({
      state: 'Initiated',
      revision: 3,
    });
  });
});
