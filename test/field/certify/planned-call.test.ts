import { describe, expect, test } from 'vitest';
import type { PlannedCall } from '../../../src/field/certify/planned-call.ts';
import {
  failedThoughDone,
  judgeCall,
  lateThenFailed,
} from '../../../src/field/certify/planned-call.ts';
import type { Sketch } from './traffic.ts';
import { CANCEL, DELETE_POS, LOOK, START, START_BODY, TOKEN, traffic } from './traffic.ts';

const start: PlannedCall = { operation: 'startPayment', steps: lateThenFailed };

/** The tries of a plan: each met its step, and ended as the step wants it. */
function tries(sketch: Sketch, steps = lateThenFailed): Sketch[] {
  return steps.map((step, index) => ({
    ...sketch,
    ...(step.do === 'late' ? { end: 'given-up' as const } : {}),
    ...(step.do === 'fail' ? { end: 500 } : {}),
    step,
    planned: { plan: 1, index },
  }));
}

function judged(sketches: Sketch[], call: PlannedCall = start) {
  return judgeCall(traffic(...sketches), 1, call);
}

describe('a disturbed call passes', () => {
  test('when it is given up, tried again with key and body, and answered', () => {
    expect(judged([TOKEN, ...tries(START)])).toEqual({
      verdict: 'passed',
      evidence: 'given up after 2000 ms, 500, 200; one key, one body',
      requests: [2, 3, 4],
    });
  });

  test('when it was done though answered 500', () => {
    const call = { ...start, steps: failedThoughDone };
    expect(judged(tries(START, failedThoughDone), call).verdict).toBe('passed');
  });

  test('when a poll comes again at its time, with other calls in between', () => {
    const [first = LOOK, second = LOOK, third = LOOK] = tries(LOOK);
    const call: PlannedCall = { operation: 'getPayment', steps: lateThenFailed };
    expect(judged([first, TOKEN, second, LOOK, third], call).verdict).toBe('passed');
  });

  test.each<[string, Sketch, PlannedCall['operation'], number]>([
    ['a delete', DELETE_POS, 'deletePos', 404],
    ['a cancel', CANCEL, 'cancelPayment', 409],
  ])('when %s was done before and the repeat is answered so', (_, sketch, operation, status) => {
    const [first = sketch, second = sketch] = tries(sketch);
    const last: Sketch = {
      ...sketch,
      end: status,
      step: { do: 'pass' },
      planned: { plan: 1, index: 2 },
    };
    const call = { operation, steps: lateThenFailed };
    expect(judged([first, second, last], call).verdict).toBe('passed');
  });
});

describe('a disturbed call fails', () => {
  const [first = START, second = START, third = START] = tries(START);

  test.each<[string, Sketch[], RegExp]>([
    ['when it is not tried again', [first], /1 of 3 tries came/],
    ['when the tries end at the 500', [first, second], /2 of 3 tries came/],
    [
      'when a try has another key',
      [first, { ...second, key: 'key-2' }, third],
      /2 keys for one call/,
    ],
    [
      'when a try has another body',
      [first, { ...second, body: START_BODY.replace('12.5', '13') }, third],
      /the body changed/,
    ],
    [
      'when the late answer was waited for',
      [{ ...first, end: 200, tookMs: 3_500 }, second, third],
      /waited longer than its time limit/,
    ],
    [
      'when the client gave up an answer in time',
      [first, second, { ...third, end: 'given-up', tookMs: 100 }],
      /gave up though it was answered in time/,
    ],
    ['when the last try is refused', [first, second, { ...third, end: 409 }], /answered 409/],
    [
      'when it was sent once more beside the tries',
      [first, second, START, third],
      /request 3 came between the tries/,
    ],
    [
      'when the server behind is gone',
      [first, second, { ...third, end: 'server-gone' }],
      /server behind did not answer/,
    ],
    [
      'when it is under way at the end',
      [first, second, { ...third, end: 'cut-off' }],
      /still under way/,
    ],
  ])('%s', (_, sketches, why) => {
    const { verdict, evidence } = judged(sketches);
    expect(verdict).toBe('failed');
    expect(evidence).toMatch(why);
  });

  test('only a repeat of what was done may be answered so: a create may not', () => {
    expect(judged([first, second, { ...third, end: 404 }]).verdict).toBe('failed');
  });
});

test('a call that never came was not run', () => {
  expect(judged([TOKEN, START])).toEqual({
    verdict: 'not-run',
    evidence: 'no startPayment was sent',
    requests: [],
  });
});
