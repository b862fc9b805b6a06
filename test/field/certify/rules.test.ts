import { describe, expect, test } from 'vitest';
import { judgeRules } from '../../../src/field/certify/certification.ts';
import type { FlowResult } from '../../../src/field/certify/play-flow.ts';
import type { Rule } from '../../../src/field/certify/rules/rule.ts';
import { rules } from '../../../src/field/certify/rules/rules.ts';
import type { Sketch } from './traffic.ts';
import {
  CANCEL,
  CAPTURE,
  CREATE_POS,
  DELETE_POS,
  FIND,
  FIND_POS,
  identity,
  LOOK,
  START,
  START_BODY,
  TOKEN,
  traffic,
} from './traffic.ts';

const LOST = { end: 'given-up' } as const;

function ruleOf(name: string): Rule {
  const rule = rules.find((one) => one.name === name);
  if (rule === undefined) throw new Error(`there is no rule ${name}`);
  return rule;
}

function missesOf(name: string, sketches: Sketch[]) {
  return ruleOf(name).judge(traffic(...sketches), identity).misses;
}

/** Requests that keep the rule, and requests that break it in the last one. */
function describeRule(
  name: string,
  kept: Record<string, Sketch[]>,
  broken: Record<string, [sketches: Sketch[], why: RegExp]>,
): void {
  describe(name, () => {
    test.each(Object.entries(kept))('kept: %s', (_, sketches) => {
      const { checked, misses } = ruleOf(name).judge(traffic(...sketches), identity);
      expect(misses).toEqual([]);
      // A rule that looked at nothing has not passed.
      expect(checked).toBeGreaterThan(0);
    });
    test.each(Object.entries(broken))('broken: %s', (_, [sketches, why]) => {
      expect(missesOf(name, sketches)).toMatchObject([
        { request: sketches.length, why: expect.stringMatching(why) },
      ]);
    });
  });
}

describeRule(
  'one-key-per-create',
  {
    'a lost answer, a 500, and the same key': [
      { ...START, ...LOST },
      { ...START, end: 500 },
      START,
    ],
    'another order under another key': [
      START,
      { ...START, body: START_BODY.replace('order-1', 'order-2'), key: 'key-2' },
    ],
    'a new key after a plain no': [
      { ...START, end: 409, code: '1301' },
      { ...START, key: 'key-2' },
    ],
    'the same key after a no that a lost answer precedes': [
      { ...START, ...LOST },
      { ...START, end: 409, code: '1301' },
      START,
    ],
    'a new key for a PoS that a look did not find': [
      { ...CREATE_POS, end: 500 },
      { ...FIND_POS, found: 0 },
      { ...CREATE_POS, key: 'pos-key-2' },
    ],
    'a new key for a PoS that was deleted': [
      CREATE_POS,
      DELETE_POS,
      { ...CREATE_POS, key: 'pos-key-2' },
    ],
  },
  {
    'a new key after a lost answer': [
      [
        { ...START, ...LOST },
        { ...START, key: 'key-2' },
      ],
      /unanswered/,
    ],
    'a new key after a 500': [
      [
        { ...START, end: 500 },
        { ...START, key: 'key-2' },
      ],
      /unanswered/,
    ],
    'a new key after 401': [
      [
        { ...START, ...LOST },
        { ...START, end: 401 },
        { ...START, key: 'key-2' },
      ],
      /unanswered/,
    ],
    'a new key after a no that a lost answer precedes': [
      [
        { ...START, ...LOST },
        { ...START, end: 409, code: '1306' },
        { ...START, key: 'key-2' },
      ],
      /unanswered/,
    ],
    'a second payment for an order': [[START, { ...START, key: 'key-2' }], /created already/],
    'a new key for a PoS that was found': [
      [
        { ...CREATE_POS, end: 500 },
        { ...FIND_POS, found: 1 },
        { ...CREATE_POS, key: 'pos-key-2' },
      ],
      /unanswered/,
    ],
    'no key the second time': [
      [
        { ...START, ...LOST },
        { ...START, headers: { 'x-mobilepay-idempotency-key': undefined } },
      ],
      /unanswered/,
    ],
  },
);

describeRule(
  'one-body-per-key',
  { 'the same bytes again': [{ ...START, ...LOST }, START] },
  {
    'another amount': [
      [
        { ...START, ...LOST },
        { ...START, body: START_BODY.replace('12.5', '12.50') },
      ],
      /body/,
    ],
    'another address': [[START, { ...START, path: `${START.path}/prepare` }], /address/],
    'another order': [
      [START, { ...START, body: START_BODY.replace('order-1', 'order-2') }],
      /body/,
    ],
  },
);

describeRule(
  'keys-on-creates-only',
  { 'a key on a create, none on a capture or a look': [START, CAPTURE, LOOK, DELETE_POS] },
  {
    'a create without one': [
      [{ ...START, headers: { 'x-mobilepay-idempotency-key': undefined } }],
      /^0 keys/,
    ],
    'a create with two': [
      [{ ...START, headers: { 'x-mobilepay-idempotency-key': ['a', 'b'] } }],
      /^2 keys/,
    ],
    'one of 37 characters': [[{ ...START, key: 'k'.repeat(37) }], /37 characters/],
    'one with a character that is not valid': [[{ ...START, key: 'key-€' }], /"€"/],
    'one on a capture': [[{ ...CAPTURE, key: 'key-1' }], /none belongs/],
    'one on a look': [[{ ...LOOK, key: 'key-1' }], /none belongs/],
  },
);

describeRule(
  'poll-timing',
  {
    'exactly as late as told': [
      { ...LOOK, pollDelayMs: 300 },
      { ...LOOK, afterMs: 300 },
    ],
    'a look right after a capture': [
      { ...LOOK, pollDelayMs: 1_000 },
      { ...CAPTURE, afterMs: 10 },
      { ...LOOK, afterMs: 10 },
      { ...LOOK, afterMs: 1_000 },
    ],
    'a lost poll, and the next at its time': [
      { ...LOOK, pollDelayMs: 700 },
      { ...LOOK, ...LOST, afterMs: 700 },
      { ...LOOK, afterMs: 200 },
    ],
    'another payment in between': [
      { ...LOOK, pollDelayMs: 1_000 },
      { ...LOOK, path: `${LOOK.path}0`, afterMs: 1 },
      { ...LOOK, afterMs: 1_000 },
    ],
  },
  {
    'a little too early': [
      [
        { ...LOOK, pollDelayMs: 300 },
        { ...LOOK, afterMs: 290 },
      ],
      /10 ms too early: the answer before it said 300/,
    ],
    'a check-in asked for too early': [
      [
        {
          ...DELETE_POS,
          method: 'GET',
          path: '/pos/v10/pointofsales/pos-1/checkin',
          pollDelayMs: 500,
        },
        { ...DELETE_POS, method: 'GET', path: '/pos/v10/pointofsales/pos-1/checkin', afterMs: 400 },
      ],
      /too early/,
    ],
    'a lost poll, repeated at once': [
      [
        { ...LOOK, ...LOST },
        { ...LOOK, afterMs: 80 },
      ],
      /repeated at once/,
    ],
    'a poll answered 500, repeated at once': [
      [
        { ...LOOK, pollDelayMs: 900 },
        { ...LOOK, afterMs: 900, end: 500 },
        { ...LOOK, afterMs: 80 },
      ],
      /repeated at once/,
    ],
    'a second look after a capture': [
      [
        { ...LOOK, pollDelayMs: 1_000 },
        CAPTURE,
        { ...LOOK, pollDelayMs: 1_000, afterMs: 10 },
        { ...LOOK, afterMs: 10 },
      ],
      /990 ms too early/,
    ],
  },
);

describeRule(
  'time-limits',
  {
    'given up after 2 s and after half a second': [
      { ...START, ...LOST },
      { ...LOOK, ...LOST },
      { ...DELETE_POS, ...LOST },
    ],
    'what was broken off by the run is not judged': [
      { ...START, end: 'cut-off', tookMs: 10 },
      { ...START, ...LOST },
    ],
  },
  {
    'a start waited for too long': [[{ ...START, ...LOST, tookMs: 3_000 }], /3000 ms, not 2000/],
    'a look waited for as long as a start': [
      [{ ...LOOK, ...LOST, tookMs: 2_000 }],
      /2000 ms, not 500/,
    ],
    'a late answer that was waited for': [[{ ...START, tookMs: 3_500 }], /still waited/],
    'a start given up too soon': [[{ ...START, ...LOST, tookMs: 500 }], /500 ms already/],
  },
);

test.each([
  ['once in five, it was the machine', 4, 0],
  ['once in four, it was the client', 3, 1],
])('given up too soon %s', (_, inTime, misses) => {
  const patient = traffic(...Array.from({ length: inTime }, () => ({ ...LOOK, ...LOST })));
  const hasty = traffic({ ...LOOK, ...LOST, tookMs: 40 });
  const flows = [patient, hasty].map((requests): FlowResult => {
    return { name: 'flow', category: 'Payments', cases: [], requests };
  });
  const result = judgeRules(flows, identity).find(({ rule }) => rule.name === 'time-limits');
  expect(result?.checked).toBe(inTime + 1);
  expect(result?.misses).toHaveLength(misses);
});

describeRule(
  'three-in-a-burst',
  {
    'three tries': [{ ...START, ...LOST }, { ...START, end: 500 }, START],
    'three tries, a look, and the same again': [
      { ...CAPTURE, end: 500 },
      { ...CAPTURE, end: 500 },
      { ...CAPTURE, end: 500 },
      { ...LOOK },
      { ...CAPTURE },
    ],
    'three tries, and one more after seconds': [
      { ...CAPTURE, end: 500 },
      { ...CAPTURE, end: 500 },
      { ...CAPTURE, end: 500 },
      { ...CAPTURE, afterMs: 5_000 },
    ],
    'a rejected token does not count': [
      { ...START, end: 401 },
      { ...START, ...LOST },
      { ...START, ...LOST },
      START,
    ],
    'what succeeded may be asked again': [FIND, FIND, FIND, FIND],
  },
  {
    'a fourth try': [
      [{ ...START, ...LOST }, { ...START, end: 500 }, { ...START, end: 500 }, START],
      /4 times/,
    ],
    'a fourth try after a look that failed': [
      [
        { ...START, end: 500 },
        { ...START, end: 500 },
        { ...START, end: 500 },
        { ...LOOK, end: 500 },
        START,
      ],
      /4 times/,
    ],
  },
);

describeRule(
  'pause-between-retries',
  {
    'a pause': [
      { ...START, end: 500 },
      { ...START, afterMs: 40 },
    ],
    'none after a look in between': [
      { ...START, end: 500, afterMs: 0 },
      { ...START, end: 500, afterMs: 50 },
      { ...FIND, afterMs: 1 },
      { ...START, afterMs: 1 },
    ],
    'when exactly it was given up is not known': [
      { ...START, ...LOST },
      { ...START, end: 500, afterMs: 0 },
      { ...START, afterMs: 40 },
    ],
  },
  {
    none: [
      [
        { ...START, end: 500 },
        { ...START, afterMs: 2 },
      ],
      /only 2 ms/,
    ],
  },
);

describeRule(
  'no-retry-on-4xx',
  {
    'a no, and nothing more': [{ ...START, end: 403, code: '1400' }],
    'a 409, a look, and the same again': [{ ...CAPTURE, end: 409, code: '1304' }, LOOK, CAPTURE],
    'a 401, and a new token': [
      { ...START, end: 401 },
      TOKEN,
      { ...START, headers: { authorization: 'Bearer (token 2)' } },
    ],
    'a poll comes again at its time': [
      { ...LOOK, end: 404 },
      { ...LOOK, end: 404 },
    ],
  },
  {
    'a 409, and the same again': [[{ ...CAPTURE, end: 409, code: '1304' }, CAPTURE], /HTTP 409/],
    'a 409, and the same again under a new key': [
      [
        { ...START, end: 409, code: '1301' },
        { ...START, key: 'key-2' },
      ],
      /HTTP 409/,
    ],
    'a 400, and the same again after a look that failed': [
      [{ ...CAPTURE, end: 400, code: '1102' }, { ...LOOK, ...LOST }, CAPTURE],
      /HTTP 400/,
    ],
    'a 401, and the old token again': [
      [{ ...START, end: 401 }, START],
      /token that was answered 401/,
    ],
  },
);

const VERSION = 'x-mobilepay-client-system-version';
describeRule(
  'version-header',
  { 'once, as it is': [START, LOOK] },
  {
    none: [[{ ...LOOK, headers: { [VERSION]: undefined } }], /missing/],
    twice: [[{ ...LOOK, headers: { [VERSION]: ['1.2.3', '1.2.3'] } }], /2 times/],
    another: [[{ ...LOOK, headers: { [VERSION]: '1.2.4' } }], /"1.2.4"/],
  },
);

test('version-header: a version that is not Major.Minor.Build is wrong, expected or not', () => {
  const sent = traffic({ ...LOOK, headers: { [VERSION]: '1.2' } });
  const { misses } = ruleOf('version-header').judge(sent, { ...identity, version: '1.2' });
  expect(misses).toEqual([{ request: 1, why: expect.stringContaining('not Major.Minor.Build') }]);
});

const VAT = 'x-mobilepay-merchant-vat-number';
describeRule(
  'vat-header',
  { 'once, as it is': [START, LOOK] },
  {
    none: [[{ ...START, headers: { [VAT]: undefined } }], /missing/],
    twice: [[{ ...START, headers: { [VAT]: ['DK12345678', 'DK12345678'] } }], /2 times/],
    "another merchant's": [[{ ...START, headers: { [VAT]: 'DK87654321' } }], /"DK87654321"/],
  },
);

test('vat-header: a number without its country is wrong, expected or not', () => {
  const sent = traffic({ ...LOOK, headers: { [VAT]: '12345678' } });
  const { misses } = ruleOf('vat-header').judge(sent, { ...identity, merchantVat: '12345678' });
  expect(misses).toEqual([{ request: 1, why: expect.stringContaining('eight digits') }]);
});

describeRule(
  'client-id-header',
  { 'on every call, the one for a token included': [TOKEN, LOOK] },
  {
    none: [[{ ...LOOK, headers: { 'x-ibm-client-id': undefined } }], /missing/],
    another: [[{ ...TOKEN, headers: { 'x-ibm-client-id': 'client-2' } }], /"client-2"/],
  },
);

describeRule(
  'authorization',
  { 'secret for the token, token for the rest': [TOKEN, LOOK] },
  {
    none: [[{ ...LOOK, headers: { authorization: undefined } }], /0 times/],
    'a token that was never issued': [
      [{ ...LOOK, headers: { authorization: 'Bearer (never issued)' } }],
      /never issued/,
    ],
    'the secret on an ordinary call': [
      [{ ...LOOK, headers: { authorization: 'Basic (client id and secret)' } }],
      /Basic/,
    ],
    'a token on the call for a token': [
      [{ ...TOKEN, headers: { authorization: 'Bearer (token 1)' } }],
      /Bearer/,
    ],
  },
);

describeRule(
  'documented-bodies',
  {
    'as documented': [
      TOKEN,
      CREATE_POS,
      START,
      { ...START, body: START_BODY.replace('}', ',"merchantPaymentLabel":"Shop"}') },
      CAPTURE,
      CANCEL,
      LOOK,
      DELETE_POS,
    ],
  },
  {
    'a call that does not exist': [[{ ...CANCEL, method: 'PUT' }], /no call of PoS V10/],
    'a member too many': [
      [{ ...CAPTURE, body: '{"amount":12.5,"currencyCode":"DKK"}' }],
      /currencyCode is not documented/,
    ],
    'a member too few': [
      [{ ...START, body: START_BODY.replace('"posId":"pos-1",', '') }],
      /posId is missing/,
    ],
    'no JSON': [[{ ...CAPTURE, body: 'amount=12.5' }], /no JSON object/],
    'a list': [[{ ...CAPTURE, body: '[12.5]' }], /no JSON object/],
    'an amount in quotes': [[{ ...CAPTURE, body: '{"amount":"12.5"}' }], /at most two decimals/],
    'an amount of nothing': [[{ ...CAPTURE, body: '{"amount":0.00}' }], /at most two decimals/],
    'a third decimal': [[{ ...CAPTURE, body: '{"amount":12.505}' }], /at most two decimals/],
    'a body on a cancel': [[{ ...CANCEL, body: '{}' }], /none belongs/],
    'a content type without a body': [
      [{ ...CANCEL, headers: { 'content-type': 'application/json' } }],
      /none belongs/,
    ],
    'JSON under another name': [
      [{ ...CAPTURE, headers: { 'content-type': 'text/plain' } }],
      /text\/plain/,
    ],
    'a token asked for in JSON': [
      [{ ...TOKEN, headers: { 'content-type': 'application/json' } }],
      /application\/json/,
    ],
    'a token of another kind': [
      [{ ...TOKEN, body: 'grant_type=password' }],
      /not client_credentials/,
    ],
  },
);
