import { check, disturbed } from '../case.ts';
import type { Flow } from '../flow.ts';
import { failedThoughDone, lateThenFailed, neverAnswered } from '../planned-call.ts';
import type { Step } from '../sent-request.ts';
import type { Stage } from '../stage.ts';
import { asksAfterRefusal, findsWhatWasLost, sendsRestrictions } from '../traffic-cases.ts';
import type { Kind } from './sale.ts';

const AMOUNT = 4995;

async function prepare(stage: Stage): Promise<string> {
  const orderId = stage.newOrder();
  await stage.order('payment/prepare', { orderId });
  return orderId;
}

async function ready(
  stage: Stage,
  orderId: string,
  { restrictions }: Kind,
  options: { autoCapture?: boolean } = {},
): Promise<void> {
  await stage.order('payment/ready', {
    orderId,
    amount: stage.amount(AMOUNT),
    ...options,
    ...(restrictions === undefined ? {} : { restrictions }),
  });
}

async function reaches(stage: Stage, orderId: string, status: string) {
  return await stage.payment(orderId, `the state ${status}`, (p) => p.platformStatus === status);
}

/** prepare → check-in → ready → the customer accepts → capture, each call disturbed. */
function sale(kind: Kind, name: string, steps: readonly Step[]): Flow {
  const prepared = disturbed('prepare the payment', 'preparePayment', steps);
  const looked = disturbed('ask who has checked in', 'getPayment', steps);
  const made = disturbed('make it ready', 'readyPayment', steps);
  const asked = disturbed('ask whether the customer accepts', 'getPayment', steps);
  const capture = disturbed('capture it', 'capturePayment', steps);
  const end = check('the sale ends captured');
  const { restrictions } = kind;
  const restricted =
    restrictions === undefined
      ? []
      : [sendsRestrictions('the cards are restricted as ordered', 'readyPayment', restrictions)];
  return {
    category: kind.category,
    name,
    cases: [prepared, looked, made, asked, capture, ...restricted, end],
    async play(stage) {
      await stage.boot();
      stage.disturb(prepared, looked);
      const orderId = await prepare(stage);
      await stage.checkIn();
      await stage.carriedThrough(looked);
      await reaches(stage, orderId, 'Paired');
      stage.disturb(made, capture);
      await ready(stage, orderId, kind);
      await stage.carriedThrough(made);
      stage.disturb(asked);
      await stage.accept();
      await stage.paymentEnds(end, await reaches(stage, orderId, 'Captured'), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

/** The amount is there before the customer is. */
function readyFirst(kind: Kind): Flow {
  const made = disturbed('make it ready', 'readyPayment', lateThenFailed);
  const end = check('the sale ends captured');
  return {
    category: kind.category,
    name: 'ready before check-in',
    cases: [made, end],
    async play(stage) {
      await stage.boot();
      const orderId = await prepare(stage);
      stage.disturb(made);
      await ready(stage, orderId, kind);
      await stage.checkIn();
      await stage.accept();
      await stage.paymentEnds(end, await reaches(stage, orderId, 'Captured'), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

/** The customer is looked for while invited, and only then; the payment is prepared for them. */
function watched(kind: Kind): Flow {
  const look = disturbed('look who has checked in', 'getCheckin', lateThenFailed);
  const quiet = check('who has checked in is asked only while a customer is invited');
  const end = check('the sale ends captured');
  return {
    category: kind.category,
    name: 'check-in watched',
    cases: [look, quiet, end],
    async play(stage) {
      await stage.boot();
      stage.disturb(look);
      const before = stage.sent('getCheckin');
      await stage.order('checkin/watch', { on: true });
      await stage.carriedThrough(look);
      await stage.checkIn();
      await stage.customerHeardOf();
      await stage.order('checkin/watch', { on: false });
      const invited = stage.sent('getCheckin');
      const orderId = await prepare(stage);
      await reaches(stage, orderId, 'Paired');
      await ready(stage, orderId, kind);
      await stage.accept();
      await stage.paymentEnds(end, await reaches(stage, orderId, 'Captured'), {
        state: 'Captured',
        outcome: 'approved',
      });
      const after = stage.sent('getCheckin') - invited;
      stage.found(
        quiet,
        before === 0 && after === 0,
        `asked ${before} times before, ${invited - before} while invited, ${after} afterwards`,
      );
    },
  };
}

type Moment = 'Prepared' | 'Paired' | 'IssuedToUser' | 'Reserved';

const moments: readonly Moment[] = ['Prepared', 'Paired', 'IssuedToUser', 'Reserved'];

async function bringTo(stage: Stage, orderId: string, kind: Kind, moment: Moment): Promise<void> {
  const steps: Record<Moment, () => Promise<void>> = {
    Prepared: async () => {},
    Paired: () => stage.checkIn(),
    IssuedToUser: () => ready(stage, orderId, kind, { autoCapture: false }),
    Reserved: () => stage.accept(),
  };
  for (const reached of moments.slice(0, moments.indexOf(moment) + 1)) {
    await steps[reached]();
    await reaches(stage, orderId, reached);
  }
}

function cancelled(kind: Kind, moment: Moment): Flow {
  const cancel = disturbed('cancel it', 'cancelPayment', lateThenFailed);
  const end = check('the payment ends without money');
  return {
    category: kind.category,
    name: `cancelled when ${moment}`,
    cases: [cancel, end],
    async play(stage) {
      await stage.boot();
      const orderId = await prepare(stage);
      await bringTo(stage, orderId, kind, moment);
      stage.disturb(cancel);
      await stage.order('payment/cancel', { orderId });
      await stage.paymentEnds(end, await reaches(stage, orderId, 'CancelledByClient'), {
        state: 'CancelledByClient',
        outcome: 'declined',
      });
    },
  };
}

function lost(kind: Kind): Flow {
  const prepared = disturbed('prepare, every answer late', 'preparePayment', neverAnswered);
  const find = disturbed('look for it by its order', 'findPayments', lateThenFailed);
  const end = check('the sale ends captured');
  return {
    category: kind.category,
    name: 'lost prepare',
    cases: [
      prepared,
      find,
      findsWhatWasLost(
        'the payment is found, not prepared twice',
        'preparePayment',
        'findPayments',
      ),
      end,
    ],
    async play(stage) {
      await stage.boot();
      stage.disturb(prepared, find);
      const orderId = await prepare(stage);
      await stage.payment(orderId, 'the payment', (p) => p.paymentId !== null);
      await stage.checkIn();
      await ready(stage, orderId, kind);
      await stage.accept();
      await stage.paymentEnds(end, await reaches(stage, orderId, 'Captured'), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

function refusedReady(kind: Kind): Flow {
  const made = disturbed('make it ready, late, then answered 409', 'readyPayment', [
    { do: 'late' },
    { do: 'refuse', status: 409, code: '1303' },
  ]);
  const end = check('the sale ends captured');
  return {
    category: kind.category,
    name: 'disputed ready',
    cases: [made, asksAfterRefusal('after 409 it asks how things stand', 'readyPayment'), end],
    async play(stage) {
      await stage.boot();
      const orderId = await prepare(stage);
      await stage.checkIn();
      await reaches(stage, orderId, 'Paired');
      stage.disturb(made);
      await ready(stage, orderId, kind);
      await stage.accept();
      await stage.paymentEnds(end, await reaches(stage, orderId, 'Captured'), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

const plain: Kind = { category: 'Prepared payments' };
const debitOnly: Kind = {
  category: 'Prepared payments with restrictions',
  restrictions: { debitCardDisallowed: false, creditCardDisallowed: true },
};
const creditOnly: Kind = {
  category: 'Prepared payments with restrictions',
  restrictions: { debitCardDisallowed: true, creditCardDisallowed: false },
};

export const preparedPaymentFlows: readonly Flow[] = [
  sale(plain, 'prepared sale', lateThenFailed),
  sale(plain, 'prepared sale, done though answered 500', failedThoughDone),
  readyFirst(plain),
  cancelled(plain, 'Prepared'),
  cancelled(plain, 'Paired'),
  cancelled(plain, 'IssuedToUser'),
  cancelled(plain, 'Reserved'),
  watched(plain),
  lost(plain),
  refusedReady(plain),
];

export const restrictedPreparedPaymentFlows: readonly Flow[] = [
  sale(debitOnly, 'prepared sale without credit cards', lateThenFailed),
  sale(creditOnly, 'prepared sale without debit cards, done though answered 500', failedThoughDone),
  readyFirst(creditOnly),
  cancelled(debitOnly, 'IssuedToUser'),
];
