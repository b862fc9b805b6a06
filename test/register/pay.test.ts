import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PayOptions } from '../../src/commands/pay.ts';
import { payCommand } from '../../src/commands/pay.ts';
import { parseAmount } from '../../src/commands/pay-amount.ts';
import { sendCommand } from '../../src/commands/send.ts';
import { sampleSnapshot, sampleState } from '../backend/samples.ts';
import type { EmbeddedBroker } from '../mqtt/aedes.ts';
import { startAedes } from '../mqtt/aedes.ts';
import { freePort } from '../mqtt/mosquitto.ts';
import type { Heard, ScriptedTerminal } from './scripted-terminal.ts';
import { scriptedTerminal } from './scripted-terminal.ts';

describe('pay and send', () => {
  let broker: EmbeddedBroker;
  let terminal: ScriptedTerminal | undefined;
  const out: string[] = [];
  const err: string[] = [];

  beforeAll(async () => {
    broker = await startAedes();
  });
  afterAll(async () => {
    await broker.destroy();
  });
  afterEach(async () => {
    await terminal?.stop();
    terminal = undefined;
    out.length = 0;
    err.length = 0;
  });

  function play(script: (command: Heard, terminal: ScriptedTerminal) => void) {
    terminal = scriptedTerminal({ url: broker.url, protocolVersion: 4, script });
    return terminal;
  }
  const address = () => ({
    urls: [broker.url],
    prefix: 'beacon/1',
    terminalId: 'till-1',
    protocolVersion: 4 as const,
  });
  const output = (lines: string[]) => ({ write: (text: string) => lines.push(text) });
  const pay = (amount: string, options: Partial<PayOptions> = {}) =>
    payCommand(amount, { ...address(), ...options }, output(out), output(err));
  const send = (command: string, json: string, timeoutSeconds = 2) =>
    sendCommand(command, json, { ...address(), timeoutSeconds }, output(out), output(err));

  /** A start that is answered, and then goes on as the script says. */
  const afterStart =
    (goOn: (orderId: string, terminal: ScriptedTerminal) => void) =>
    (command: Heard, self: ScriptedTerminal) => {
      if (command.name !== 'payment/start') return;
      const { id, orderId, amount } = command.body;
      const first = sampleSnapshot({ orderId, amount, platformStatus: 'Initiated' });
      self.answer(command, { id, ok: true, result: first });
      goOn(orderId, self);
    };

  test('an approved payment ends with 0 and says so in words', async () => {
    const self = play(
      afterStart((orderId, terminal) => {
        const common = { orderId, amount: { currency: 'EUR', value: 1250 } as const };
        terminal.say({ ...common, revision: 2, platformStatus: 'IssuedToUser' });
        terminal.say({ ...common, revision: 3, outcome: 'approved', platformStatus: 'Reserved' });
      }),
    );
    expect(await pay('12,50', { orderId: 'order-9', timeoutSeconds: 60 })).toBe(0);
    expect(out.join('')).toBe(
      [
        'Order order-9: asking for 12.50 EUR at till-1.',
        'Waiting for the customer to check in.',
        'The customer sees the amount and decides.',
        'Paid: 12.50 EUR. Hand over the goods.',
        '',
      ].join('\n'),
    );
    expect(self.heard[0]?.body).toMatchObject({
      orderId: 'order-9',
      amount: { currency: 'EUR', value: 1250 },
      customerTimeoutSeconds: 60,
    });
    expect(Date.parse(self.heard[0]?.body.expiresAt)).toBeGreaterThan(Date.now());
  });

  test('a declined payment ends with 1', async () => {
    play(
      afterStart((orderId, terminal) => {
        terminal.say({ orderId, revision: 2, outcome: 'declined', reason: 'customer-refused' });
      }),
    );
    expect(await pay('1.00')).toBe(1);
    expect(out.join('')).toContain('Not paid: the customer said no. No money is taken.');
  });

  test.each([
    ['busy', 1],
    ['invalid-request', 64],
    ['duplicate-order', 64],
    ['unreachable', 69],
    ['not-authorized', 77],
  ] as const)('a start refused with %s ends with %i', async (code, exitCode) => {
    play((command, self) => {
      const error = { code, field: null, message: 'so it is', retryable: false };
      self.answer(command, {
        id: command.body.id,
        ok: false,
        error: { ...error, payment: null, mobilePay: null },
      });
    });
    expect(await pay('1.00')).toBe(exitCode);
    expect(err.join('')).toContain(`Refused, ${code}: so it is`);
  });

  test('an interrupt cancels and waits for the outcome; a second one gives up with 75', async () => {
    const interrupt = new AbortController();
    play((command, self) => {
      const { id, orderId } = command.body;
      if (command.name === 'payment/start') {
        self.answer(command, { id, ok: true, result: sampleSnapshot({ orderId }) });
        interrupt.abort();
      } else if (command.name === 'payment/cancel') {
        self.say({ orderId, revision: 2, outcome: 'declined', reason: 'by-register' });
      }
    });
    expect(await pay('1.00', { interrupt: interrupt.signal })).toBe(1);
    expect(terminal?.heard.map((command) => command.name)).toEqual([
      'payment/start',
      'payment/cancel',
    ]);
    await terminal?.stop();

    const self = play((command, me) => {
      const { id, orderId } = command.body;
      const result = sampleSnapshot({ orderId, outcome: 'unknown' });
      if (command.name === 'payment/start') me.answer(command, { id, ok: true, result });
    });
    const code = pay('1.00');
    await vi.waitFor(() => expect(out.join('')).toContain('Not known yet.'));
    process.emit('SIGINT');
    await vi.waitFor(() => expect(self.heard.at(-1)?.name).toBe('payment/cancel'));
    process.emit('SIGINT');
    expect(await code).toBe(75);
    expect(err.join('')).toContain('payment/get');
  });

  test('a terminal that is out of order is named as such, also when it does not answer', async () => {
    const self = play(() => undefined);
    self.link.setState(sampleState({ phase: 'out-of-order', faults: ['journal-damaged'] }));
    const code = pay('1.00');
    await vi.waitFor(() =>
      expect(out.join('')).toContain('The terminal is out of order: journal-damaged.'),
    );
    process.emit('SIGINT');
    process.emit('SIGINT');
    expect(await code).toBe(75);
  });

  test('an offline terminal and an absent broker end with 69', async () => {
    const self = play(() => undefined);
    await self.stop();
    expect(await pay('1.00')).toBe(69);
    expect(err.join('')).toContain('till-1 is not online');
    expect(await pay('1.00', { urls: [`mqtt://127.0.0.1:${await freePort()}`] })).toBe(69);
  });

  test.each(['12', '12.5', '12.500', '0.00', '-1.00', '1.234,50', '', 'x', '9999999.00', '1e2.00'])(
    'the amount %j is wrong usage',
    async (amount) => {
      expect(parseAmount(amount)).toBeUndefined();
      expect(await pay(amount)).toBe(64);
      expect(err.join('')).toContain('two decimals');
    },
  );

  test('amounts are read digit by digit', () => {
    expect(parseAmount('12.50')).toBe(1250);
    expect(parseAmount('12,50')).toBe(1250);
    expect(parseAmount('0.29')).toBe(29);
    expect(parseAmount('999999.99')).toBe(99_999_999);
  });

  test('a wrong order or time is wrong usage', async () => {
    expect(await pay('1.00', { orderId: 'x'.repeat(37) })).toBe(64);
    expect(await pay('1.00', { orderId: 'a€b' })).toBe(64);
    expect(await pay('1.00', { timeoutSeconds: 4 })).toBe(64);
  });

  test('send prints the answer and adds what is missing', async () => {
    const self = play((command, me) => {
      const { id } = command.body;
      me.answer(command, { id, ok: true, result: [command.name] });
    });
    expect(await send('payment/list', '{"open":true}')).toBe(0);
    expect(JSON.parse(out.join(''))).toMatchObject({ ok: true, result: ['payment/list'] });
    expect(self.heard[0]?.body).toMatchObject({ open: true });
    expect(self.heard[0]?.body.id).toMatch(/^.{1,64}$/);
    expect(Date.parse(self.heard[0]?.body.expiresAt)).toBeGreaterThan(Date.now());
    expect(await send('payment/get', '{"id":"mine","orderId":"a"}')).toBe(0);
    expect(self.heard.at(-1)?.body.id).toBe('mine');
  });

  test('send ends with 1 for a refusal, 75 without an answer, 64 for what is no object', async () => {
    play((command, me) => {
      const { id } = command.body;
      const error = { code: 'unknown-order', field: 'orderId', message: 'no', retryable: false };
      if (command.name !== 'payment/get') return;
      me.answer(command, {
        id,
        ok: false,
        error: { ...error, code: 'unknown-order', payment: null, mobilePay: null },
      });
    });
    expect(await send('payment/get', '{"orderId":"a"}')).toBe(1);
    expect(await send('payment/cancel', '{"orderId":"a"}', 0.2)).toBe(75);
    expect(await send('payment/get', '[1]')).toBe(64);
    expect(await send('payment/get', '{')).toBe(64);
    expect(await send('payment/#', '{}')).toBe(64);
  });
});
