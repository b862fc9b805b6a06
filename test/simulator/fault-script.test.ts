import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { parseFaultScript } from '../../src/simulator/fault-script.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type ApiClient, refundBody, simulatorAndClient, startBody } from './client.ts';

const BASE = '/pos/v10/payments';

let simulator: Simulator | undefined;
let api: ApiClient;
afterEach(() => simulator?.close());

async function play(text: string): Promise<Simulator> {
  const script = parseFaultScript(text, 'run.yaml');
  const both = await simulatorAndClient({ script, pollDelayMs: 0 });
  simulator = both.simulator;
  api = both.api;
  return both.simulator;
}

const problemsOf = (text: string) => {
  try {
    parseFaultScript(text, 'run.yaml');
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [];
  }
  return [];
};

describe('a scripted run', () => {
  test('disturbs each call as its sequence says', async () => {
    const played = await play(`
- operation: startPayment
  sequence: [lost-answer, 500, ok, error]
  code: 2345
  repeat: 2
`);
    const { posId } = await api.createPos();
    const body = startBody(posId);
    const key = randomUUID();
    const fates: (number | string)[] = [];
    for (let call = 0; call < 9; call += 1) {
      const reply = await api.post(BASE, body, { key }).catch(() => null);
      fates.push(reply === null ? 'lost' : (reply.json.code ?? reply.status));
    }
    expect(fates).toEqual(['lost', '2000', 200, '2345', 'lost', '2000', 200, '2345', 200]);
    expect(played.payments()).toHaveLength(1);
  });

  test('plays the customer, from the check-in to the receipt', async () => {
    const played = await play(`
- { do: check-in, after: startPayment, phoneNumber: '+4500000001', loyaltyIds: [gold] }
- { do: accept, after: getPayment, card: debit, partialCapturePossible: false }
- { do: advance-clock, after: capturePayment, byMs: 86400000 }
`);
    const { posId } = await api.createPos();
    const id = await api.start(posId);
    await expect.poll(() => played.payments()[0]?.status, { interval: 2 }).toBe('IssuedToUser');
    expect(await api.status(id)).toBe('IssuedToUser');
    await expect.poll(() => played.payments()[0]?.status, { interval: 2 }).toBe('Reserved');
    expect(played.payments()[0]).toMatchObject({
      partialCapturePossible: false,
      customer: { phoneNumber: '+4500000001', loyaltyIds: ['gold'] },
    });
    await api.post(`${BASE}/${id}/capture`, { amount: 12.5 });
    const nowMs = () => Date.parse(played.state().now);
    await expect.poll(nowMs, { interval: 2 }).toBeGreaterThan(Date.now() + 86_000_000);
    expect(played.state().script.map(({ taken, problem }) => [taken, problem])).toEqual([
      [1, null],
      [1, null],
      [1, null],
    ]);
  });

  test('lets the customer refuse after a while, at the call that is named', async () => {
    const played = await play(`
- { do: check-in, after: startPayment, nth: 2 }
- { do: refuse, after: startPayment, nth: 2, waitMs: 30 }
`);
    const { posId } = await api.createPos();
    const first = await api.start(posId);
    await api.post(`${BASE}/${first}/cancel`);
    await api.start(posId);
    const histories = () =>
      played.payments().map(({ history }) => history.map(({ status }) => status));
    await expect.poll(() => histories()[1], { interval: 2 }).toContain('CancelledByUser');
    expect(histories()).toEqual([
      ['Initiated', 'CancelledByClient'],
      ['Initiated', 'IssuedToUser', 'CancelledByUser'],
    ]);
  });

  test('empties the store and turns tokens away', async () => {
    const played = await play(`
- { do: set-balance, after: capturePayment, balanceMinorUnits: 100 }
- { do: revoke-tokens, after: findRefunds }
`);
    const { posId } = await api.createPos();
    const { paymentId } = played.placePayment({ posId, status: 'Reserved' });
    await api.post(`${BASE}/${paymentId}/capture`, { amount: 10 });
    const balance = () => played.state().stores[0]?.balanceMinorUnits;
    await expect.poll(balance, { interval: 2 }).toBe(100);
    const refund = await api.post('/pos/v10/refunds', refundBody(paymentId));
    expect(refund.json.code).toBe('1368');
    await api.get(`/pos/v10/refunds?paymentId=${paymentId}`);
    await expect
      .poll(async () => (await api.get('/pos/v10/stores')).status, { interval: 2 })
      .toBe(401);
  });

  test('cuts the network and gives it back', async () => {
    const played = await play(`
- { do: cut-network, after: findStores }
- { do: slow-network, after: findDetailedStores, delayMs: 5 }
- { do: restore-network, after: getStore }
- { do: slow-network, after: findPos, forMs: 20 }
`);
    await api.get('/pos/v10/stores');
    await expect.poll(() => played.network, { interval: 1 }).toBe('cut');
    await expect(api.get('/pos/v10/stores')).rejects.toThrow();
    played.setNetwork('up');
    await api.get('/pos/v10/stores/detailed');
    await expect.poll(() => played.network, { interval: 2 }).toBe('slow');
    await api.get(`/pos/v10/stores/${played.stores()[0]?.storeId}`);
    await expect.poll(() => played.network, { interval: 2 }).toBe('up');
    await api.get('/pos/v10/pointofsales?merchantPosId=x');
    await expect.poll(() => played.state().script[3]?.taken, { interval: 2 }).toBe(1);
    await expect.poll(() => played.network, { interval: 2 }).toBe('up');
  });

  test('says of a step that was not possible why', async () => {
    const played = await play('[{ "do": "accept", "after": "startPayment" }]');
    const { posId } = await api.createPos();
    await api.start(posId);
    const step = () => played.state().script[0];
    await expect.poll(() => step()?.problem, { interval: 2 }).toContain('no payment to accept');
    expect(step()).toMatchObject({ do: 'accept', matched: 1, taken: 0 });
  });
});

describe('what is wrong with a script is said by entry', () => {
  test.each([
    ['- kind: earthquake', 'entry 1 (line 1): kind must be one of 429, 500, '],
    [
      '- kind: 500\n- kind: slow\n  operation: capture\n',
      'entry 2 (line 2): operation must be one of',
    ],
    ['- { kind: slow, delay: 3 }', 'entry 1 (line 1): it has no member delay'],
    ['- { kind: slow, delayMs: soon }', 'delayMs must be a whole number, not "soon"'],
    ['- { kind: 429, nth: 0 }', 'nth must be at least 1, not 0'],
    ['- { kind: error, code: 1118 }', 'code: PoS V10 has no such error code, not 1118'],
    ['- { kind: 500, path: payments }', 'path must begin with /, not "payments"'],
    ['- { sequence: [ok, later] }', 'sequence.1 must be one of 429, 500, ok, lost-request, '],
    ['- { sequence: [] }', 'sequence must have at least one'],
    ['- { do: check-in, after: getPos, phoneNumber: "" }', 'phoneNumber must not be empty'],
    ['- { sequence: [ok], count: 2 }', 'it has no member count'],
    ['- { do: dance, after: getPayment }', 'do must be one of check-in, accept, refuse, '],
    ['- { do: check-in }', 'after is missing'],
    ['- { do: check-in, after: getToken }', 'after must be one of'],
    ['- { do: advance-clock, after: getPos }', 'byMs is missing'],
    ['- { operation: getPos }', 'it must say what happens, with kind, sequence or do'],
    ['- slow', 'entry 1 (line 1): it must say what happens'],
    ['kind: slow', 'run.yaml: it must be a list of entries'],
    ['', 'run.yaml: it must be a list of entries'],
    ['- kind: [', 'run.yaml: '],
  ])('%j', (text, problem) => {
    const [first, ...others] = problemsOf(text);
    expect(first).toMatch(/^run\.yaml: /);
    expect(first).toContain(problem);
    if (!first?.includes('at line')) expect(others).toEqual([]);
  });

  test('all at once', () => {
    expect(problemsOf('- kind: 1\n- kind: 500\n- kind: 2\n  acted: maybe\n')).toEqual([
      expect.stringMatching(/^run\.yaml: entry 1 \(line 1\): kind /),
      expect.stringMatching(/^run\.yaml: entry 3 \(line 3\): kind /),
      'run.yaml: entry 3 (line 3): acted must be true or false, not "maybe"',
    ]);
  });
});
