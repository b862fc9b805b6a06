import type { RefundSnapshot } from '../../../contract/refund-snapshot.ts';
import { check, disturbed } from '../case.ts';
import type { Flow } from '../flow.ts';
import { failedThoughDone, lateThenFailed, neverAnswered } from '../planned-call.ts';
import type { Step } from '../sent-request.ts';
import type { Stage } from '../stage.ts';
import { asksAfterRefusal, findsWhatWasLost } from '../traffic-cases.ts';

const category = 'Refunds';
const PAID = 10_000;
const REFUNDED = 2_500;

/** A sale that nothing disturbs. Returns its order. */
async function paidOrder(stage: Stage): Promise<string> {
  await stage.boot();
  const orderId = stage.newOrder();
  await stage.order('payment/start', { orderId, amount: stage.amount(PAID) });
  await stage.checkIn();
  await stage.accept();
  await stage.payment(orderId, 'the capture', (p) => p.platformStatus === 'Captured');
  return orderId;
}

async function refund(
  stage: Stage,
  orderId: string,
  options: { autoCapture?: boolean; amount?: number } = {},
): Promise<string> {
  const { amount = REFUNDED, ...rest } = options;
  const refundOrderId = stage.newOrder();
  await stage.order('refund/start', {
    orderId,
    refundOrderId,
    amount: stage.amount(amount),
    ...rest,
  });
  return refundOrderId;
}

async function reaches(
  stage: Stage,
  refundOrderId: string,
  status: RefundSnapshot['platformStatus'],
): Promise<RefundSnapshot> {
  return await stage.refund(
    refundOrderId,
    `the refund's state ${status}`,
    (r) => r.platformStatus === status,
  );
}

/** create → Reserved → capture, each call disturbed. */
function paidOut(name: string, steps: readonly Step[]): Flow {
  const calls = [
    disturbed('create the refund', 'createRefund', steps),
    disturbed('ask for its state', 'getRefund', steps),
    disturbed('capture it', 'captureRefund', steps),
  ];
  const end = check('the refund ends paid out');
  return {
    category,
    name,
    cases: [...calls, end],
    async play(stage) {
      const orderId = await paidOrder(stage);
      stage.disturb(...calls);
      const refundOrderId = await refund(stage, orderId);
      await stage.refundEnds(end, await reaches(stage, refundOrderId, 'Captured'), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

function cancelled(): Flow {
  const cancel = disturbed('cancel it when reserved', 'cancelRefund', lateThenFailed);
  const end = check('the refund is not paid out');
  return {
    category,
    name: 'cancelled refund',
    cases: [cancel, end],
    async play(stage) {
      const orderId = await paidOrder(stage);
      const refundOrderId = await refund(stage, orderId, { autoCapture: false });
      await reaches(stage, refundOrderId, 'Reserved');
      stage.disturb(cancel);
      await stage.order('refund/cancel', { refundOrderId });
      await stage.refundEnds(end, await reaches(stage, refundOrderId, 'CancelledByClient'), {
        state: 'CancelledByClient',
        outcome: 'declined',
      });
    },
  };
}

/** Two of one payment, the second on command: each create has a key of its own. */
function twice(): Flow {
  const first = disturbed('create the first', 'createRefund', failedThoughDone);
  const second = disturbed('create the second', 'createRefund', failedThoughDone);
  const capture = disturbed('capture the second on command', 'captureRefund', lateThenFailed);
  const ends = [check('the first ends paid out'), check('the second ends paid out')];
  return {
    category,
    name: 'two refunds of one payment',
    cases: [first, second, capture, ...ends],
    async play(stage) {
      const orderId = await paidOrder(stage);
      const wanted = { state: 'Captured', outcome: 'approved' } as const;
      const [firstEnd, secondEnd] = ends;
      if (firstEnd === undefined || secondEnd === undefined) return;
      stage.disturb(first);
      const one = await refund(stage, orderId);
      await stage.refundEnds(firstEnd, await reaches(stage, one, 'Captured'), wanted);
      stage.disturb(second);
      const other = await refund(stage, orderId, { autoCapture: false, amount: PAID - REFUNDED });
      await reaches(stage, other, 'Reserved');
      stage.disturb(capture);
      await stage.order('refund/capture', { refundOrderId: other });
      await stage.refundEnds(secondEnd, await reaches(stage, other, 'Captured'), wanted);
    },
  };
}

function lost(): Flow {
  const create = disturbed('create, every answer late', 'createRefund', neverAnswered);
  const find = disturbed('look for it by its payment', 'findRefunds', lateThenFailed);
  const end = check('the refund ends paid out');
  return {
    category,
    name: 'lost refund',
    cases: [
      create,
      find,
      findsWhatWasLost('the refund is found, not created twice', 'createRefund', 'findRefunds'),
      end,
    ],
    async play(stage) {
      const orderId = await paidOrder(stage);
      stage.disturb(create, find);
      const refundOrderId = await refund(stage, orderId);
      await stage.refundEnds(end, await reaches(stage, refundOrderId, 'Captured'), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

/** A device that never saw the sale finds it by its order. */
function replacedDevice(): Flow {
  const find = disturbed('look for the paid order', 'findPayments', lateThenFailed);
  const end = check('the refund ends paid out');
  return {
    category,
    name: 'refund by another device',
    cases: [find, end],
    async play(stage) {
      const orderId = await paidOrder(stage);
      await stage.replaceDevice();
      stage.disturb(find);
      const refundOrderId = await refund(stage, orderId);
      await stage.refundEnds(end, await reaches(stage, refundOrderId, 'Captured'), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

function refusedCapture(): Flow {
  const capture = disturbed('capture, answered 409 once', 'captureRefund', [
    { do: 'refuse', status: 409, code: '1351' },
    { do: 'pass' },
  ]);
  const end = check('the refund ends paid out');
  return {
    category,
    name: 'refused capture of a refund',
    cases: [
      capture,
      asksAfterRefusal('after 409 it asks before it captures again', 'captureRefund'),
      end,
    ],
    async play(stage) {
      const orderId = await paidOrder(stage);
      stage.disturb(capture);
      const refundOrderId = await refund(stage, orderId);
      await stage.refundEnds(end, await reaches(stage, refundOrderId, 'Captured'), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

export const refundFlows: readonly Flow[] = [
  paidOut('refund', lateThenFailed),
  paidOut('refund, done though answered 500', failedThoughDone),
  cancelled(),
  twice(),
  lost(),
  replacedDevice(),
  refusedCapture(),
];
