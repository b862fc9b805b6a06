import type { DisturbedCall } from '../case.ts';
import { check, disturbed } from '../case.ts';
import type { Category, Flow } from '../flow.ts';
import { failedThoughDone, lateThenFailed, neverAnswered, threeFailures } from '../planned-call.ts';
import type { Step } from '../sent-request.ts';
import type { Stage } from '../stage.ts';
import {
  asksAfterRefusal,
  clearsBusyPos,
  findsWhatWasLost,
  obeysPollDelays,
  renewsToken,
  sendsRestrictions,
  sentTimes,
} from '../traffic-cases.ts';

export interface Restrictions {
  debitCardDisallowed: boolean;
  creditCardDisallowed: boolean;
}

const AMOUNT = 1250;
const pass: Step = { do: 'pass' };

interface Kind {
  category: Category;
  restrictions?: Restrictions;
}

async function start(
  stage: Stage,
  { restrictions }: Kind,
  options: { autoCapture?: boolean } = {},
): Promise<string> {
  const orderId = stage.newOrder();
  await stage.order('payment/start', {
    orderId,
    amount: stage.amount(AMOUNT),
    ...options,
    ...(restrictions === undefined ? {} : { restrictions }),
  });
  return orderId;
}

async function pay(stage: Stage): Promise<void> {
  await stage.checkIn();
  await stage.accept();
}

async function captured(stage: Stage, orderId: string) {
  return await stage.payment(orderId, 'the capture', (p) => p.platformStatus === 'Captured');
}

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

/** No answer to the start ever comes: it is found by its order id, and carried through. */
function lost(kind: Kind): Flow {
  const begin = disturbed('start, every answer late', 'startPayment', neverAnswered);
  const find = disturbed('look for it by its order', 'findPayments', lateThenFailed);
  const end = check('the sale ends captured');
  return {
    category: kind.category,
    name: 'lost start',
    cases: [
      begin,
      find,
      findsWhatWasLost('the payment is found, not started twice', 'startPayment', 'findPayments'),
      end,
    ],
    async play(stage) {
      await stage.boot();
      stage.disturb(begin, find);
      const orderId = await start(stage, kind);
      await stage.payment(orderId, 'the payment', (p) => p.paymentId !== null);
      await pay(stage);
      await stage.paymentEnds(end, await captured(stage, orderId), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

/** A sale in which one call meets something else than late answers. */
function troubledSale(
  kind: Kind,
  name: string,
  calls: readonly DisturbedCall[],
  shown: Flow['cases'],
): Flow {
  const end = check('the sale ends captured all the same');
  return {
    category: kind.category,
    name,
    cases: [...calls, ...shown, end],
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

/** A plain no to the start: the register hears it, and that is the end of it. */
function refusedStart(kind: Kind): Flow {
  const begin = disturbed('start, answered 403', 'startPayment', [
    { do: 'refuse', status: 403, code: '1400' },
  ]);
  const told = check('the register hears that nothing was started');
  return {
    category: kind.category,
    name: 'refused start',
    cases: [begin, sentTimes('what is refused is not repeated', 'startPayment', 1), told],
    async play(stage) {
      await stage.boot();
      stage.disturb(begin);
      const orderId = stage.newOrder();
      const reply = await stage.ask('payment/start', { orderId, amount: stage.amount(AMOUNT) });
      const passed = !reply.ok && reply.error.mobilePay?.code === '1400';
      stage.found(told, passed, reply.ok ? 'it heard ok' : `${reply.error.code}`);
    },
  };
}

function refusedCancel(kind: Kind): Flow {
  const cancel = disturbed('cancel, answered 409 once', 'cancelPayment', [
    { do: 'refuse', status: 409, code: '1300' },
    pass,
  ]);
  const end = check('the payment ends without money');
  return {
    category: kind.category,
    name: 'refused cancel',
    cases: [
      cancel,
      asksAfterRefusal('after 409 it asks before it cancels again', 'cancelPayment'),
      end,
    ],
    async play(stage) {
      await stage.boot();
      const orderId = await start(stage, kind);
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

function busyPos(kind: Kind): Flow {
  const freed = check('the payment in the way is cancelled');
  const end = check('the sale ends captured');
  return {
    category: kind.category,
    name: 'busy PoS',
    cases: [clearsBusyPos('after 409 it looks, cancels, and starts under a new key'), freed, end],
    async play(stage) {
      await stage.boot();
      const foreign = await stage.foreignPayment();
      const orderId = await start(stage, kind);
      const state = await stage.stateOf(foreign);
      stage.found(freed, state === 'CancelledByClient', `MobilePay: ${state}`);
      await pay(stage);
      await stage.paymentEnds(end, await captured(stage, orderId), {
        state: 'Captured',
        outcome: 'approved',
      });
    },
  };
}

function slowPolls(kind: Kind): Flow {
  const look = disturbed('ask for its state, told to wait', 'getPayment', [
    { do: 'slow-polls', pollDelayMs: 1_700 },
    { do: 'slow-polls', pollDelayMs: 2_300 },
    { do: 'slow-polls', pollDelayMs: 1_100 },
    pass,
  ]);
  const end = check('the sale ends captured');
  return {
    category: kind.category,
    name: 'slow polls',
    cases: [look, obeysPollDelays('each poll waits for as long as the answer before it said'), end],
    async play(stage) {
      await stage.boot();
      stage.disturb(look);
      const orderId = await start(stage, kind);
      await stage.carriedThrough(look);
      await pay(stage);
      await stage.paymentEnds(end, await captured(stage, orderId), {
        state: 'Captured',
        outcome: 'approved',
      });
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
  cancelled(plain, 'before check-in'),
  cancelled(plain, 'when reserved'),
  refusedByCustomer(plain),
  lost(plain),
  troubledSale(
    plain,
    'failing start',
    [disturbed('start, 500 three times in a row', 'startPayment', threeFailures)],
    [],
  ),
  troubledSale(
    plain,
    'rejected token at the start',
    [
      disturbed('start with a token that is rejected', 'startPayment', [
        { do: 'refuse', status: 401, code: null },
        pass,
      ]),
    ],
    [renewsToken('after 401 the start goes out once more, with a new token', 'startPayment')],
  ),
  troubledSale(
    plain,
    'disputed key',
    [
      disturbed('start, late, then answered that the key was used', 'startPayment', [
        { do: 'late' },
        { do: 'refuse', status: 409, code: '1306' },
      ]),
    ],
    [
      asksAfterRefusal('after 409/1306 it looks for the payment', 'startPayment'),
      findsWhatWasLost(
        'it finds the payment, and starts none again',
        'startPayment',
        'findPayments',
      ),
    ],
  ),
  troubledSale(
    plain,
    'refused capture',
    [
      disturbed('capture, answered 409 once', 'capturePayment', [
        { do: 'refuse', status: 409, code: '1304' },
        pass,
      ]),
    ],
    [asksAfterRefusal('after 409 it asks before it captures again', 'capturePayment')],
  ),
  refusedCancel(plain),
  refusedStart(plain),
  busyPos(plain),
  slowPolls(plain),
];

export const restrictedPaymentFlows: readonly Flow[] = [
  sale(debitOnly, 'sale without credit cards', lateThenFailed),
  sale(creditOnly, 'sale without debit cards, done though answered 500', failedThoughDone),
  cancelled(debitOnly, 'before check-in'),
  cancelled(creditOnly, 'when reserved'),
  refusedByCustomer(debitOnly),
  lost(creditOnly),
];
