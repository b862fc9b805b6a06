import { describe, expect, test } from 'vitest';
import type { TrafficCase } from '../../../src/field/certify/case.ts';
import {
  asksAfterRefusal,
  clearsBusyPos,
  findsWhatWasLost,
  obeysPollDelays,
  renewsToken,
  sendsRestrictions,
  sentTimes,
} from '../../../src/field/certify/traffic-cases.ts';
import type { Sketch } from './traffic.ts';
import { CANCEL, CAPTURE, FIND, LOOK, START, START_BODY, TOKEN, traffic } from './traffic.ts';

const refused = (sketch: Sketch, status: number): Sketch => ({
  ...sketch,
  end: status,
  step: { do: 'refuse', status, code: null },
});
const lost = (sketch: Sketch, index: number): Sketch => ({
  ...sketch,
  end: 'given-up',
  step: { do: 'late' },
  planned: { plan: 1, index },
});
const slowed = (sketch: Sketch, pollDelayMs: number): Sketch => ({
  ...sketch,
  pollDelayMs,
  step: { do: 'slow-polls', pollDelayMs },
});
const withToken2 = { headers: { authorization: 'Bearer (token 2)' } };

function describeCase(
  one: TrafficCase,
  passing: Record<string, Sketch[]>,
  failing: Record<string, Sketch[]>,
  notRun: Record<string, Sketch[]>,
): void {
  describe(one.title, () => {
    const all = [
      ...Object.entries(passing).map(([name, sent]) => ['passed', name, sent] as const),
      ...Object.entries(failing).map(([name, sent]) => ['failed', name, sent] as const),
      ...Object.entries(notRun).map(([name, sent]) => ['not-run', name, sent] as const),
    ];
    test.each(all)('%s: %s', (verdict, _, sketches) => {
      expect(one.judge(traffic(...sketches)).verdict).toBe(verdict);
    });
  });
}

describeCase(
  sentTimes('a start is sent once', 'startPayment', 1),
  { 'one start': [TOKEN, START] },
  { 'two starts': [START, START] },
  { 'no start': [TOKEN] },
);

describeCase(
  sentTimes('nothing is captured', 'capturePayment', 0),
  { 'no capture': [START] },
  { 'a capture': [START, CAPTURE] },
  {},
);

describeCase(
  asksAfterRefusal('after 409 it asks', 'capturePayment'),
  {
    'asked, then sent again': [refused(CAPTURE, 409), LOOK, CAPTURE],
    'asked, and left it': [refused(CAPTURE, 409), LOOK],
  },
  {
    'sent again, then asked': [refused(CAPTURE, 409), CAPTURE, LOOK],
    'never asked': [refused(CAPTURE, 409)],
    'asked in vain': [refused(CAPTURE, 409), { ...LOOK, end: 500 }, CAPTURE],
  },
  { 'nothing was refused': [CAPTURE, LOOK] },
);

describeCase(
  renewsToken('after 401 a new token', 'startPayment'),
  { 'a new token, then the call': [{ ...START, end: 401 }, TOKEN, { ...START, ...withToken2 }] },
  {
    'the old token again': [{ ...START, end: 401 }, TOKEN, START],
    'no new token': [
      { ...START, end: 401 },
      { ...START, ...withToken2 },
    ],
    'two new tokens': [{ ...START, end: 401 }, TOKEN, TOKEN, { ...START, ...withToken2 }],
    'another key': [{ ...START, end: 401 }, TOKEN, { ...START, ...withToken2, key: 'key-2' }],
    'given up': [{ ...START, end: 401 }, TOKEN],
  },
  { 'no 401': [START] },
);

const busy: Sketch = { ...START, end: 409, code: '1301' };
const anew: Sketch = { ...START, key: 'key-2' };
describeCase(
  clearsBusyPos('a busy PoS is cleared'),
  { 'looked, cancelled, started anew': [busy, FIND, LOOK, CANCEL, anew] },
  {
    'without a look': [busy, CANCEL, anew],
    'without a cancel': [busy, FIND, LOOK, anew],
    'a cancel that failed': [busy, FIND, LOOK, { ...CANCEL, end: 500 }, anew],
    'under the old key': [busy, FIND, LOOK, CANCEL, START],
    'and once more': [busy, FIND, LOOK, CANCEL, anew, START],
    'never started again': [busy, FIND, LOOK, CANCEL],
  },
  { 'the PoS was not busy': [START, LOOK] },
);

const onlyDebit = { debitCardDisallowed: false, creditCardDisallowed: true };
const restricted = (restrictions: object): Sketch => ({
  ...START,
  body: START_BODY.replace('}', `,"restrictions":${JSON.stringify(restrictions)}}`),
});
describeCase(
  sendsRestrictions('restricted as ordered', 'startPayment', onlyDebit),
  { 'as ordered': [restricted(onlyDebit)] },
  {
    none: [START],
    'the other card': [restricted({ debitCardDisallowed: true, creditCardDisallowed: false })],
    'half of it': [restricted({ creditCardDisallowed: true })],
    'more than that': [restricted({ ...onlyDebit, cashDisallowed: true })],
    'no longer the second time': [restricted(onlyDebit), START],
  },
  { 'nothing was started': [LOOK] },
);

describeCase(
  obeysPollDelays('polls wait as told'),
  { 'as told': [slowed(LOOK, 900), { ...LOOK, afterMs: 900 }] },
  {
    'too early': [slowed(LOOK, 900), { ...LOOK, afterMs: 300 }],
    'never again': [LOOK, slowed(LOOK, 900)],
  },
  { 'never told': [LOOK] },
);

const found = { ...FIND, found: 1 };
describeCase(
  findsWhatWasLost('found, not created twice', 'startPayment', 'findPayments'),
  { found: [lost(START, 0), lost(START, 1), found, LOOK] },
  {
    'not looked for': [lost(START, 0), LOOK],
    'found, and created again': [lost(START, 0), found, START],
    'looked for in vain': [lost(START, 0), { ...FIND, found: 0 }],
  },
  { 'nothing was lost': [START] },
);
