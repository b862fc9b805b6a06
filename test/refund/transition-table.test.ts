import { describe, expect, it } from 'vitest';
import type { DatedRefundEvent, RefundEventType } from '../../src/refund/events.ts';
import type { Refund } from '../../src/refund/refund.ts';
import { refundStates } from '../../src/refund/refund.ts';
import { transition, transitionTable } from '../../src/refund/transition.ts';
import {
  at,
  barred,
  byHand,
  cancelAnswered,
  cancelIntended,
  captureAnswered,
  captureIntended,
  created,
  nothingThere,
  observed,
  refundAfter,
  refusal,
  started,
} from './samples.ts';

const unanswered: DatedRefundEvent = { type: 'createUnanswered', at };

/** Every state, by a way that really leads there; where an intent matters, with each intent. */
const rows: Record<string, DatedRefundEvent[]> = {
  none: [],
  creating: [started()],
  'creating, in doubt': [started(), unanswered],
  'creating>cancel': [started(), cancelIntended],
  barred: [barred],
  absent: [started(), nothingThere],
  Initiated: [started(), created],
  'Initiated, by hand': [byHand, created],
  'Initiated>cancel': [started(), created, cancelIntended],
  Reserved: [byHand, created, observed('Reserved')],
  'Reserved>capture': [started(), created, observed('Reserved')],
  'Reserved>cancel': [byHand, created, observed('Reserved'), cancelIntended],
  Captured: [started(), created, observed('Reserved'), captureAnswered],
  CancelledByClient: [started(), created, cancelIntended, cancelAnswered],
  CancelledByMobilePay: [started(), created, observed('CancelledByMobilePay')],
  ExpiredAndCaptured: [byHand, created, observed('Reserved'), observed('ExpiredAndCaptured')],
};

const columns: Record<string, DatedRefundEvent> = {
  started: started({ at }),
  barred,
  answered: created,
  another: { type: 'createAnswered', refundId: 'refund-id-2', at },
  unanswered,
  unsent: { type: 'createUnsent', at },
  proof: { type: 'createRefused', refusal: refusal('1367'), proof: true, at },
  'no proof': { type: 'createRefused', refusal: refusal('1367'), proof: false, at },
  absence: nothingThere,

  Init: observed('Initiated'),
  Resv: observed('Reserved'),
  Capt: observed('Captured'),
  ByCl: observed('CancelledByClient'),
  ByMP: observed('CancelledByMobilePay'),
  Expi: observed('ExpiredAndCaptured'),
  other: observed('Captured', { refundId: 'refund-id-2' }),

  cancel: cancelIntended,
  cancelled: cancelAnswered,
  'not cancelled': { type: 'cancelRefused', refusal: refusal('1352'), at },
  capture: captureIntended,
  captured: captureAnswered,
  'not captured': { type: 'captureRefused', refusal: refusal('1351'), at },
};

const shortStates: Record<string, string> = {
  Initiated: 'Init',
  Reserved: 'Resv',
  Captured: 'Capt',
  CancelledByClient: 'ByCl',
  CancelledByMobilePay: 'ByMP',
  ExpiredAndCaptured: 'Expi',
};

/**
 * What each event does to each state: `-` ignored, `x` illegal, else the state it moves to, short,
 * with `>capture` or `>cancel` for the intent it then has, `=` for a move that keeps both, and `!`
 * where it is a fault.
 */
const tables = [
  `
its create           | started  | barred | answered    | another     | unanswered | unsent | proof  | no proof | absence
none                 | creating | barred | x           | x           | x          | x      | x      | x        | x
creating             | x        | x      | Init        | Init        | =          | absent | absent | =        | absent
creating, in doubt   | x        | x      | Init        | Init        | -          | -      | =      | =        | absent
creating>cancel      | x        | x      | Init>cancel | Init>cancel | =          | absent | absent | =        | absent
barred               | x        | -      | x           | x           | x          | x      | x      | x        | x
absent               | x        | x      | Init>cancel | Init>cancel | -          | -      | -      | -        | -
Initiated            | x        | x      | -           | x           | -          | -      | -      | -        | -
Initiated, by hand   | x        | x      | -           | x           | -          | -      | -      | -        | -
Initiated>cancel     | x        | x      | -           | x           | -          | -      | -      | -        | -
Reserved             | x        | x      | -           | x           | -          | -      | -      | -        | -
Reserved>capture     | x        | x      | -           | x           | -          | -      | -      | -        | -
Reserved>cancel      | x        | x      | -           | x           | -          | -      | -      | -        | -
Captured             | x        | x      | -           | x           | -          | -      | -      | -        | -
CancelledByClient    | x        | x      | -           | x           | -          | -      | -      | -        | -
CancelledByMobilePay | x        | x      | -           | x           | -          | -      | -      | -        | -
ExpiredAndCaptured   | x        | x      | -           | x           | -          | -      | -      | -        | -
`,
  `
a look at it         | Init        | Resv         | Capt  | ByCl | ByMP | Expi  | other
none                 | x           | x            | x     | x    | x    | x     | x
creating             | Init        | Resv>capture | Capt  | ByCl | ByMP | Expi  | Capt
creating, in doubt   | Init        | Resv>capture | Capt  | ByCl | ByMP | Expi  | Capt
creating>cancel      | Init>cancel | Resv>cancel  | Capt! | ByCl | ByMP | Expi! | Capt!
barred               | x           | x            | x     | x    | x    | x     | x
absent               | Init>cancel | Resv>cancel  | Capt! | ByCl | ByMP | Expi! | Capt!
Initiated            | -           | Resv>capture | Capt  | ByCl | ByMP | Expi  | -
Initiated, by hand   | -           | Resv         | Capt  | ByCl | ByMP | Expi  | -
Initiated>cancel     | -           | Resv>cancel  | Capt! | ByCl | ByMP | Expi! | -
Reserved             | -           | -            | Capt  | ByCl | ByMP | Expi  | -
Reserved>capture     | -           | -            | Capt  | ByCl | ByMP | Expi  | -
Reserved>cancel      | -           | -            | Capt! | ByCl | ByMP | Expi! | -
Captured             | -           | -            | -     | -    | -    | -     | -
CancelledByClient    | -           | -            | -     | -    | -    | -     | -
CancelledByMobilePay | -           | -            | -     | -    | -    | -     | -
ExpiredAndCaptured   | -           | -            | -     | -    | -    | -     | -
`,
  `
its end              | cancel          | cancelled | not cancelled | capture      | captured | not captured
none                 | x               | x         | x             | x            | x        | x
creating             | creating>cancel | x         | x             | x            | x        | x
creating, in doubt   | creating>cancel | x         | x             | x            | x        | x
creating>cancel      | -               | x         | x             | x            | x        | x
barred               | -               | x         | x             | x            | x        | x
absent               | -               | x         | x             | x            | x        | x
Initiated            | Init>cancel     | x         | =             | x            | x        | x
Initiated, by hand   | Init>cancel     | x         | =             | x            | x        | x
Initiated>cancel     | -               | ByCl      | =             | x            | x        | x
Reserved             | Resv>cancel     | x         | =             | Resv>capture | x        | =
Reserved>capture     | -               | x         | =             | -            | Capt     | =
Reserved>cancel      | -               | ByCl      | =             | -            | x        | =
Captured             | -               | -         | -             | -            | -        | -
CancelledByClient    | -               | -         | -             | -            | -        | -
CancelledByMobilePay | -               | -         | -             | -            | -        | -
ExpiredAndCaptured   | -               | -         | -             | -            | -        | -
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

function standing(refund: Refund): string {
  const state = shortStates[refund.state] ?? refund.state;
  return refund.intent === null ? state : `${state}>${refund.intent}`;
}

function happened(row: string, column: string): string {
  const before = refundAfter(...(rows[row] ?? []));
  const event = columns[column];
  if (event === undefined) throw new Error(`no sample event ${column}`);
  const step = transition(before, event);
  if (step.kind === 'ignored') return '-';
  if (step.kind === 'illegal') return 'x';
  const fault = step.faults.length > 0 ? '!' : '';
  const now = standing(step.refund);
  return `${now === standing(before) ? '=' : now}${fault}`;
}

const allCells = tables.map(read);

for (const { title, cells } of allCells) {
  describe(`the refund table: ${title}`, () => {
    it.each(cells)('$row, $column: $cell', ({ row, column, cell }) => {
      expect(happened(row, column)).toBe(cell);
    });
  });
}

describe('the refund table as a whole', () => {
  it('has an expectation for each sample state and each sample event', () => {
    const expected = allCells.flatMap(({ cells }) => cells.map((c) => `${c.row} / ${c.column}`));
    const all = Object.keys(rows).flatMap((row) =>
      Object.keys(columns).map((column) => `${row} / ${column}`),
    );
    expect(expected.toSorted()).toEqual(all.toSorted());
  });

  it('is walked over every state: each sample stands where its name says', () => {
    const reached = Object.entries(rows).map(([name, events]) => {
      const { state } = refundAfter(...events);
      expect(name.startsWith(state)).toBe(true);
      return state;
    });
    expect(new Set(reached)).toEqual(new Set(refundStates));
  });

  it('is walked over every event', () => {
    const types = new Set<RefundEventType>(Object.values(columns).map(({ type }) => type));
    expect(types).toEqual(new Set(Object.keys(transitionTable.none)));
  });
});
