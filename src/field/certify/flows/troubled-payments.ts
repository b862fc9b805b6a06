import type { Case, DisturbedCall } from '../case.ts';
import { check, disturbed } from '../case.ts';
import type { Flow } from '../flow.ts';
import { lateThenFailed, neverAnswered, threeFailures } from '../planned-call.ts';
import type { Step } from '../sent-request.ts';
import {
  asksAfterRefusal,
  clearsBusyPos,
  findsWhatWasLost,
  obeysPollDelays,
  renewsToken,
  sentTimes,
} from '../traffic-cases.ts';
import type { Kind } from './sale.ts';
import { AMOUNT, captured, pay, start } from './sale.ts';

const pass: Step = { do: 'pass' };

/** No answer to the start ever comes: it is found by its order id, and carried through. */
export function lostStart(kind: Kind): Flow {
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
  shown: readonly Case[],
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

/** Sales that meet something else than late answers and 500s. */
export const troubledPaymentFlows: readonly Flow[] = [
  lostStart(plain),
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
