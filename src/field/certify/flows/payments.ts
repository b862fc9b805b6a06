import { check, disturbed } from '../case.ts';
import type { Flow } from '../flow.ts';
import { failedThoughDone, lateThenFailed } from '../planned-call.ts';
import type { Step } from '../sent-request.ts';
import { sendsRestrictions, sentTimes } from '../traffic-cases.ts';
import type { Kind } from './sale.ts';
import { AMOUNT, captured, pay, start } from './sale.ts';
import { lostStart, troubledPaymentFlows } from './troubled-payments.ts';

/** start → the customer accepts → capture, each call disturbed. */
function sale(kind: Kind, name: string, steps: readonly Step[]): Flow {
  const calls = [
    disturbed('start the payment', 'startPayment', steps),
    disturbed('ask for its state', 'getPayment', steps),
    disturbed('capture it', 'capturePayment', steps),
  ];
  const end = check('the sale ends captured');
  const { restrictions } = kind;
  const restricted =
    restrictions === undefined
      ? []
      : [sendsRestrictions('the cards are restricted as ordered', 'startPayment', restrictions)];
  return {
    category: kind.category,
    name,
    cases: [...calls, ...restricted, end],
    async play(stage) {
      await stage.boot();
      stage.disturb(...calls);
      const orderId = await start(stage, kind);
      await pay(stage);
      await stage.paymentEnds(end, await captured(stage, orderId), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

/** Captured by the register's command, and less than was reserved: what is left is not taken. */
function capturedInPart(kind: Kind): Flow {
  const capture = disturbed('capture less than is reserved', 'capturePayment', lateThenFailed);
  const end = check('the sale ends captured');
  const part = 500;
  const taken = check('the register is told how much was taken');
  return {
    category: kind.category,
    name: 'captured in part',
    cases: [capture, taken, end],
    async play(stage) {
      await stage.boot();
      const orderId = await start(stage, kind, { autoCapture: false });
      await pay(stage);
      await stage.payment(orderId, 'the reservation', (p) => p.platformStatus === 'Reserved');
      stage.disturb(capture);
      await stage.order('payment/capture', { orderId, amount: stage.amount(part) });
      const payment = await captured(stage, orderId);
      const { value } = payment.capturedAmount ?? { value: null };
      stage.found(taken, value === part, `${value} of ${AMOUNT} minor units`);
      await stage.paymentEnds(end, payment, { state: 'Captured', outcome: 'approved' });
    },
  };
}

/** Cancelled by the register, before the customer came or after the money was reserved. */
function cancelled(kind: Kind, when: 'before check-in' | 'when reserved'): Flow {
  const cancel = disturbed('cancel it', 'cancelPayment', lateThenFailed);
  const end = check('the payment ends without money');
  return {
    category: kind.category,
    name: `cancelled ${when}`,
    cases: [cancel, end],
    async play(stage) {
      await stage.boot();
      const orderId = await start(stage, kind, { autoCapture: false });
      if (when === 'when reserved') {
        await pay(stage);
        await stage.payment(orderId, 'the reservation', (p) => p.platformStatus === 'Reserved');
      }
      stage.disturb(cancel);
      await stage.order('payment/cancel', { orderId });
      const payment = await stage.payment(
        orderId,
        'the cancel',
        (p) => p.platformStatus === 'CancelledByClient',
      );
      await stage.paymentEnds(end, payment, { state: 'CancelledByClient', outcome: 'declined' });
    },
  };
}

function refusedByCustomer(kind: Kind): Flow {
  const look = disturbed('ask for its state', 'getPayment', lateThenFailed);
  const end = check('the payment ends without money');
  return {
    category: kind.category,
    name: 'refused by the customer',
    cases: [
      look,
      sentTimes('nothing is captured', 'capturePayment', 0),
      sentTimes('nothing is cancelled', 'cancelPayment', 0),
      end,
    ],
    async play(stage) {
      await stage.boot();
      stage.disturb(look);
      const orderId = await start(stage, kind);
      await stage.checkIn();
      await stage.refuse();
      const payment = await stage.payment(
        orderId,
        'the refusal',
        (p) => p.platformStatus === 'CancelledByUser',
      );
      await stage.paymentEnds(end, payment, { state: 'CancelledByUser', outcome: 'declined' });
    },
  };
}

const plain: Kind = { category: 'Payments' };
const debitOnly: Kind = {
  category: 'Payments with restrictions',
  restrictions: { debitCardDisallowed: false, creditCardDisallowed: true },
};
const creditOnly: Kind = {
  category: 'Payments with restrictions',
  restrictions: { debitCardDisallowed: true, creditCardDisallowed: false },
};

export const paymentFlows: readonly Flow[] = [
  sale(plain, 'sale', lateThenFailed),
  sale(plain, 'sale, done though answered 500', failedThoughDone),
  capturedInPart(plain),
  cancelled(plain, 'before check-in'),
  cancelled(plain, 'when reserved'),
  refusedByCustomer(plain),
  ...troubledPaymentFlows,
];

export const restrictedPaymentFlows: readonly Flow[] = [
  sale(debitOnly, 'sale without credit cards', lateThenFailed),
  sale(creditOnly, 'sale without debit cards, done though answered 500', failedThoughDone),
  cancelled(debitOnly, 'before check-in'),
  cancelled(creditOnly, 'when reserved'),
  refusedByCustomer(debitOnly),
  lostStart(creditOnly),
];
