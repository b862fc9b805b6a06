import { describe, expect, it } from 'vitest';
import type { DatedEvent, PaymentEventType } from '../../src/payment/events.ts';
import type { Payment } from '../../src/payment/payment.ts';
import { paymentStates } from '../../src/payment/payment.ts';
import { transition, transitionTable } from '../../src/payment/transition.ts';
import {
  adopted,
  at,
  byHand,
  cancelIntended,
  captureIntended,
  created,
  dkk,
  observed,
  orderId,
  paymentAfter,
  posId,
  preparing,
  readied,
  readyAnswered,
  readyRefused,
  refusal,
  started,
} from './samples.ts';

/** Every state, by a way that really leads there; where an intent matters, with each intent. */
const rows: Record<string, DatedEvent[]> = {
  none: [],
  creating: [started()],
  'creating>cancel': [started(), cancelIntended],
  'creating, foreign': [started(), { type: 'foreignCancelIntended', paymentId: 'foreign', at }],
  sought: [{ type: 'sought', orderId, posId, at }],
  barred: [{ type: 'barred', orderId, at }],
  absent: [started(), { type: 'absenceConcluded', at }],
  Prepared: [started(), observed('Prepared')],
  Initiated: [started(), created],
  'Initiated>cancel': [started(), created, cancelIntended],
  Paired: [started(), observed('Prepared'), observed('Paired')],
  'creating, prepared': [preparing()],
  'creating, ready': [preparing(), readied()],
  'creating, prepared>cancel': [preparing(), cancelIntended],
  'Prepared, by us': [preparing(), created],
  'Prepared>cancel': [preparing(), created, cancelIntended],
  'Prepared, ready': [preparing(), created, readied()],
  'Prepared, ready>cancel': [preparing(), created, readied(), cancelIntended],
  'Paired, by us': [preparing(), created, observed('Paired', { amount: null })],
  'Paired, ready': [preparing(), readied(), created, observed('Paired', { amount: null })],
  'Initiated, ready': [preparing(), created, readied(), readyAnswered],
  IssuedToUser: [started(), created, observed('IssuedToUser')],
  'IssuedToUser>cancel': [started(), created, observed('IssuedToUser'), cancelIntended],
  Reserved: [byHand, created, observed('Reserved')],
  'Reserved>capture': [started(), created, observed('Reserved')],
  'Reserved>cancel': [byHand, created, observed('Reserved'), cancelIntended],
  Captured: [started(), created, observed('Reserved'), { type: 'captureAnswered', at }],
  CancelledByUser: [started(), created, observed('CancelledByUser')],
  CancelledByClient: [started(), created, cancelIntended, { type: 'cancelAnswered', at }],
  CancelledByMobilePay: [started(), created, observed('CancelledByMobilePay')],
  ExpiredAndCancelled: [byHand, created, observed('Reserved'), observed('ExpiredAndCancelled')],
};

const another = { paymentId: 'payment-2' };
const columns: Record<string, DatedEvent> = {
  started: started({ at }),
  sought: { type: 'sought', orderId, posId, at },
  barred: { type: 'barred', orderId, at },
  'adopted Init': adopted('Initiated'),
  'adopted Resv': adopted('Reserved'),
  'adopted Capt': adopted('Captured'),
  'adopted ByUs': adopted('CancelledByUser'),

  prepared: preparing({ at }),
  ready: readied(),
  'other terms': readied({ amount: dkk(700), body: '{"amount":7}' }),
  'is ready': readyAnswered,
  'terms refused': readyRefused('1102', true),
  'not prepared': readyRefused('1303', false),

  answered: created,
  another: { type: 'createAnswered', ...another, at },
  unanswered: { type: 'createUnanswered', at },
  unsent: { type: 'createUnsent', at },
  proof: { type: 'createRefused', refusal: refusal('1102'), proof: true, at },
  'no proof': { type: 'createRefused', refusal: refusal('1102'), proof: false, at },
  rekeyed: { type: 'rekeyed', idempotencyKey: 'key-2', at },
  foreign: { type: 'foreignCancelIntended', paymentId: 'foreign-2', at },
  absence: { type: 'absenceConcluded', at },

  Prep: observed('Prepared'),
  Init: observed('Initiated'),
  Pair: observed('Paired'),
  Issu: observed('IssuedToUser'),
  Resv: observed('Reserved'),
  Capt: observed('Captured'),
  ByUs: observed('CancelledByUser'),
  ByCl: observed('CancelledByClient'),
  ByMP: observed('CancelledByMobilePay'),
  Expi: observed('ExpiredAndCancelled'),
  other: observed('Reserved', another),

  cancel: cancelIntended,
  cancelled: { type: 'cancelAnswered', at },
  'not cancelled': { type: 'cancelRefused', refusal: refusal('1300'), at },
  capture: captureIntended(),
  'too much': captureIntended(dkk(1251)),
  captured: { type: 'captureAnswered', at },
  'final no': { type: 'captureRefused', refusal: refusal('1305'), final: true, at },
  'other no': { type: 'captureRefused', refusal: refusal('1304'), final: false, at },
};

const shortStates: Record<string, string> = {
  Prepared: 'Prep',
  Initiated: 'Init',
  Paired: 'Pair',
  IssuedToUser: 'Issu',
  Reserved: 'Resv',
  Captured: 'Capt',
  CancelledByUser: 'ByUs',
  CancelledByClient: 'ByCl',
  CancelledByMobilePay: 'ByMP',
  ExpiredAndCancelled: 'Expi',
};

/**
 * What each event does to each state: `-` ignored, `x` illegal, else the state it moves to, short,
 * with `>capture` or `>cancel` for the intent it then has, and `=` for a move that keeps both.
 */
const tables = [
  `
a prepared order          | prepared | ready | other terms | is ready    | terms refused | not prepared
none                      | creating | x     | x           | x           | x             | x
creating                  | x        | x     | x           | x           | x             | x
creating>cancel           | x        | -     | -           | x           | x             | x
creating, foreign         | x        | x     | x           | x           | x             | x
sought                    | x        | x     | x           | x           | x             | x
barred                    | x        | x     | x           | x           | x             | x
absent                    | x        | x     | x           | x           | x             | x
Prepared                  | x        | x     | x           | x           | x             | x
Initiated                 | x        | x     | x           | -           | -             | -
Initiated>cancel          | x        | x     | x           | -           | -             | -
Paired                    | x        | x     | x           | x           | x             | x
creating, prepared        | x        | =     | =           | x           | x             | x
creating, ready           | x        | -     | -           | x           | x             | x
creating, prepared>cancel | x        | -     | -           | x           | x             | x
Prepared, by us           | x        | =     | =           | x           | x             | x
Prepared>cancel           | x        | -     | -           | x           | x             | x
Prepared, ready           | x        | -     | -           | Init        | =             | =
Prepared, ready>cancel    | x        | -     | -           | Init>cancel | =             | =
Paired, by us             | x        | =     | =           | x           | x             | x
Paired, ready             | x        | -     | -           | Issu        | =             | =
Initiated, ready          | x        | x     | x           | -           | -             | -
IssuedToUser              | x        | x     | x           | -           | -             | -
IssuedToUser>cancel       | x        | x     | x           | -           | -             | -
Reserved                  | x        | x     | x           | -           | -             | -
Reserved>capture          | x        | x     | x           | -           | -             | -
Reserved>cancel           | x        | x     | x           | -           | -             | -
Captured                  | x        | x     | x           | -           | -             | -
CancelledByUser           | x        | x     | x           | -           | -             | -
CancelledByClient         | x        | x     | x           | -           | -             | -
CancelledByMobilePay      | x        | x     | x           | -           | -             | -
ExpiredAndCancelled       | x        | x     | x           | -           | -             | -
`,
  `
how an order begins       | started  | sought        | barred | adopted Init | adopted Resv | adopted Capt | adopted ByUs
none                      | creating | sought>cancel | barred | Init         | Resv         | Capt         | ByUs
creating                  | x        | x             | x      | x            | x            | x            | x
creating>cancel           | x        | x             | x      | x            | x            | x            | x
creating, foreign         | x        | x             | x      | x            | x            | x            | x
sought                    | x        | x             | x      | x            | x            | x            | x
barred                    | x        | x             | -      | Init>cancel  | Resv>cancel  | Capt         | ByUs
absent                    | x        | x             | x      | x            | x            | x            | x
Prepared                  | x        | -             | x      | -            | -            | -            | -
Initiated                 | x        | -             | x      | -            | -            | -            | -
Initiated>cancel          | x        | -             | x      | -            | -            | -            | -
Paired                    | x        | -             | x      | -            | -            | -            | -
creating, prepared        | x        | x             | x      | x            | x            | x            | x
creating, ready           | x        | x             | x      | x            | x            | x            | x
creating, prepared>cancel | x        | x             | x      | x            | x            | x            | x
Prepared, by us           | x        | -             | x      | -            | -            | -            | -
Prepared>cancel           | x        | -             | x      | -            | -            | -            | -
Prepared, ready           | x        | -             | x      | -            | -            | -            | -
Prepared, ready>cancel    | x        | -             | x      | -            | -            | -            | -
Paired, by us             | x        | -             | x      | -            | -            | -            | -
Paired, ready             | x        | -             | x      | -            | -            | -            | -
Initiated, ready          | x        | -             | x      | -            | -            | -            | -
IssuedToUser              | x        | -             | x      | -            | -            | -            | -
IssuedToUser>cancel       | x        | -             | x      | -            | -            | -            | -
Reserved                  | x        | -             | x      | -            | -            | -            | -
Reserved>capture          | x        | -             | x      | -            | -            | -            | -
Reserved>cancel           | x        | -             | x      | -            | -            | -            | -
Captured                  | x        | -             | x      | -            | -            | -            | -
CancelledByUser           | x        | -             | x      | -            | -            | -            | -
CancelledByClient         | x        | -             | x      | -            | -            | -            | -
CancelledByMobilePay      | x        | -             | x      | -            | -            | -            | -
ExpiredAndCancelled       | x        | -             | x      | -            | -            | -            | -
`,
  `
its create                | answered    | another     | unanswered | unsent | proof  | no proof | rekeyed | foreign | absence
none                      | x           | x           | x          | x      | x      | x        | x       | x       | x
creating                  | Init        | Init        | =          | absent | absent | =        | =       | =       | absent
creating>cancel           | Init>cancel | Init>cancel | =          | absent | absent | =        | x       | =       | absent
creating, foreign         | Init        | Init        | =          | absent | absent | =        | =       | x       | absent
sought                    | x           | x           | x          | x      | x      | x        | x       | x       | absent
barred                    | x           | x           | x          | x      | x      | x        | x       | x       | x
absent                    | Init>cancel | Init>cancel | -          | -      | -      | -        | x       | x       | -
Prepared                  | -           | x           | -          | -      | -      | -        | x       | x       | -
Initiated                 | -           | x           | -          | -      | -      | -        | x       | x       | -
Initiated>cancel          | -           | x           | -          | -      | -      | -        | x       | x       | -
Paired                    | -           | x           | -          | -      | -      | -        | x       | x       | -
creating, prepared        | Prep        | Prep        | =          | absent | absent | =        | =       | =       | absent
creating, ready           | Prep        | Prep        | =          | absent | absent | =        | =       | =       | absent
creating, prepared>cancel | Prep>cancel | Prep>cancel | =          | absent | absent | =        | x       | =       | absent
Prepared, by us           | -           | x           | -          | -      | -      | -        | x       | x       | -
Prepared>cancel           | -           | x           | -          | -      | -      | -        | x       | x       | -
Prepared, ready           | -           | x           | -          | -      | -      | -        | x       | x       | -
Prepared, ready>cancel    | -           | x           | -          | -      | -      | -        | x       | x       | -
Paired, by us             | -           | x           | -          | -      | -      | -        | x       | x       | -
Paired, ready             | -           | x           | -          | -      | -      | -        | x       | x       | -
Initiated, ready          | -           | x           | -          | -      | -      | -        | x       | x       | -
IssuedToUser              | -           | x           | -          | -      | -      | -        | x       | x       | -
IssuedToUser>cancel       | -           | x           | -          | -      | -      | -        | x       | x       | -
Reserved                  | -           | x           | -          | -      | -      | -        | x       | x       | -
Reserved>capture          | -           | x           | -          | -      | -      | -        | x       | x       | -
Reserved>cancel           | -           | x           | -          | -      | -      | -        | x       | x       | -
Captured                  | -           | x           | -          | -      | -      | -        | x       | x       | -
CancelledByUser           | -           | x           | -          | -      | -      | -        | x       | x       | -
CancelledByClient         | -           | x           | -          | -      | -      | -        | x       | x       | -
CancelledByMobilePay      | -           | x           | -          | -      | -      | -        | x       | x       | -
ExpiredAndCancelled       | -           | x           | -          | -      | -      | -        | x       | x       | -
`,
  `
a look at it              | Prep        | Init        | Pair        | Issu        | Resv         | Capt | ByUs | ByCl | ByMP | Expi | other
none                      | x           | x           | x           | x           | x            | x    | x    | x    | x    | x    | x
creating                  | Prep        | Init        | Pair        | Issu        | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | Resv>capture
creating>cancel           | Prep>cancel | Init>cancel | Pair>cancel | Issu>cancel | Resv>cancel  | Capt | ByUs | ByCl | ByMP | Expi | Resv>cancel
creating, foreign         | Prep        | Init        | Pair        | Issu        | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | Resv>capture
sought                    | Prep>cancel | Init>cancel | Pair>cancel | Issu>cancel | Resv>cancel  | Capt | ByUs | ByCl | ByMP | Expi | Resv>cancel
barred                    | x           | x           | x           | x           | x            | x    | x    | x    | x    | x    | x
absent                    | Prep>cancel | Init>cancel | Pair>cancel | Issu>cancel | Resv>cancel  | Capt | ByUs | ByCl | ByMP | Expi | Resv>cancel
Prepared                  | -           | Init        | Pair        | Issu        | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | -
Initiated                 | -           | -           | -           | Issu        | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | -
Initiated>cancel          | -           | -           | -           | Issu>cancel | Resv>cancel  | Capt | ByUs | ByCl | ByMP | Expi | -
Paired                    | -           | -           | -           | Issu        | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | -
creating, prepared        | Prep        | Init        | Pair        | Issu        | Resv         | Capt | ByUs | ByCl | ByMP | Expi | Resv
creating, ready           | Prep        | Init        | Pair        | Issu        | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | Resv>capture
creating, prepared>cancel | Prep>cancel | Init>cancel | Pair>cancel | Issu>cancel | Resv>cancel  | Capt | ByUs | ByCl | ByMP | Expi | Resv>cancel
Prepared, by us           | =           | Init        | Pair        | Issu        | Resv         | Capt | ByUs | ByCl | ByMP | Expi | -
Prepared>cancel           | =           | Init>cancel | Pair>cancel | Issu>cancel | Resv>cancel  | Capt | ByUs | ByCl | ByMP | Expi | -
Prepared, ready           | -           | Init        | Pair        | Issu        | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | -
Prepared, ready>cancel    | -           | Init>cancel | Pair>cancel | Issu>cancel | Resv>cancel  | Capt | ByUs | ByCl | ByMP | Expi | -
Paired, by us             | -           | -           | =           | Issu        | Resv         | Capt | ByUs | ByCl | ByMP | Expi | -
Paired, ready             | -           | -           | -           | Issu        | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | -
Initiated, ready          | -           | -           | -           | Issu        | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | -
IssuedToUser              | -           | -           | -           | -           | Resv>capture | Capt | ByUs | ByCl | ByMP | Expi | -
IssuedToUser>cancel       | -           | -           | -           | -           | Resv>cancel  | Capt | ByUs | ByCl | ByMP | Expi | -
Reserved                  | -           | -           | -           | -           | -            | Capt | ByUs | ByCl | ByMP | Expi | -
Reserved>capture          | -           | -           | -           | -           | -            | Capt | ByUs | ByCl | ByMP | Expi | -
Reserved>cancel           | -           | -           | -           | -           | -            | Capt | ByUs | ByCl | ByMP | Expi | -
Captured                  | -           | -           | -           | -           | -            | -    | -    | -    | -    | -    | -
CancelledByUser           | -           | -           | -           | -           | -            | -    | -    | -    | -    | -    | -
CancelledByClient         | -           | -           | -           | -           | -            | -    | -    | -    | -    | -    | -
CancelledByMobilePay      | -           | -           | -           | -           | -            | -    | -    | -    | -    | -    | -
ExpiredAndCancelled       | -           | -           | -           | -           | -            | -    | -    | -    | -    | -    | -
`,
  `
its end                   | cancel          | cancelled | not cancelled | capture      | too much | captured | final no | other no
none                      | x               | x         | x             | x            | x        | x        | x        | x
creating                  | creating>cancel | x         | x             | x            | x        | x        | x        | x
creating>cancel           | -               | x         | x             | x            | x        | x        | x        | x
creating, foreign         | creating>cancel | x         | x             | x            | x        | x        | x        | x
sought                    | -               | x         | x             | x            | x        | x        | x        | x
barred                    | -               | x         | x             | x            | x        | x        | x        | x
absent                    | -               | x         | x             | x            | x        | x        | x        | x
Prepared                  | Prep>cancel     | x         | =             | x            | x        | x        | x        | x
Initiated                 | Init>cancel     | x         | =             | x            | x        | x        | x        | x
Initiated>cancel          | -               | ByCl      | =             | x            | x        | x        | x        | x
Paired                    | Pair>cancel     | x         | =             | x            | x        | x        | x        | x
creating, prepared        | creating>cancel | x         | x             | x            | x        | x        | x        | x
creating, ready           | creating>cancel | x         | x             | x            | x        | x        | x        | x
creating, prepared>cancel | -               | x         | x             | x            | x        | x        | x        | x
Prepared, by us           | Prep>cancel     | x         | =             | x            | x        | x        | x        | x
Prepared>cancel           | -               | ByCl      | =             | x            | x        | x        | x        | x
Prepared, ready           | Prep>cancel     | x         | =             | x            | x        | x        | x        | x
Prepared, ready>cancel    | -               | ByCl      | =             | x            | x        | x        | x        | x
Paired, by us             | Pair>cancel     | x         | =             | x            | x        | x        | x        | x
Paired, ready             | Pair>cancel     | x         | =             | x            | x        | x        | x        | x
Initiated, ready          | Init>cancel     | x         | =             | x            | x        | x        | x        | x
IssuedToUser              | Issu>cancel     | x         | =             | x            | x        | x        | x        | x
IssuedToUser>cancel       | -               | ByCl      | =             | x            | x        | x        | x        | x
Reserved                  | Resv>cancel     | x         | =             | Resv>capture | x        | x        | =        | =
Reserved>capture          | -               | x         | =             | -            | -        | Capt     | Resv     | =
Reserved>cancel           | -               | ByCl      | =             | -            | -        | x        | =        | =
Captured                  | -               | -         | -             | -            | -        | -        | -        | -
CancelledByUser           | -               | -         | -             | -            | -        | -        | -        | -
CancelledByClient         | -               | -         | -             | -            | -        | -        | -        | -
CancelledByMobilePay      | -               | -         | -             | -            | -        | -        | -        | -
ExpiredAndCancelled       | -               | -         | -             | -            | -        | -        | -        | -
`,
];

interface ExpectedCell {
  row: string;
  column: string;
  cell: string;
}

function read(table: string): { title: string; cells: ExpectedCell[] } {
  const [head, ...body] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const [title, ...names] = head ?? [];
  const cells = body.flatMap(([row, ...texts]) =>
    names.map((column, index) => ({ row: row ?? '', column, cell: texts[index] ?? '' })),
  );
  return { title: title ?? '', cells };
}

function standing(payment: Payment): string {
  const state = shortStates[payment.state] ?? payment.state;
  return payment.intent === null ? state : `${state}>${payment.intent.kind}`;
}

function happened(row: string, column: string): string {
  const before = paymentAfter(...(rows[row] ?? []));
  const event = columns[column];
  if (event === undefined) throw new Error(`no sample event ${column}`);
  const step = transition(before, event);
  if (step.kind === 'ignored') return '-';
  if (step.kind === 'illegal') return 'x';
  return standing(step.payment) === standing(before) ? '=' : standing(step.payment);
}

const allCells = tables.map(read);

for (const { title, cells } of allCells) {
  describe(`the transition table: ${title}`, () => {
    it.each(cells)('$row, $column: $cell', ({ row, column, cell }) => {
      expect(happened(row, column)).toBe(cell);
    });
  });
}

describe('the transition table as a whole', () => {
  it('has an expectation for each sample state and each sample event', () => {
    const expected = allCells.flatMap(({ cells }) => cells.map((c) => `${c.row} / ${c.column}`));
    const all = Object.keys(rows).flatMap((row) =>
      Object.keys(columns).map((column) => `${row} / ${column}`),
    );
    expect(expected.toSorted()).toEqual(all.toSorted());
  });

  it('is walked over every state: each sample stands where its name says', () => {
    const reached = Object.entries(rows).map(([name, events]) => {
      const { state } = paymentAfter(...events);
      expect(name.startsWith(state)).toBe(true);
      return state;
    });
    expect(new Set(reached)).toEqual(new Set(paymentStates));
  });

  it('is walked over every event', () => {
    const types = new Set<PaymentEventType>(Object.values(columns).map(({ type }) => type));
    expect(types).toEqual(new Set(Object.keys(transitionTable.none)));
  });
});
