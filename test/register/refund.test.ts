import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RefundOptions } from '../../src/commands/refund.ts';
import { refundCommand } from '../../src/commands/refund.ts';
import type { CommandError, ErrorCode } from '../../src/contract/errors.ts';
import { sampleRefund, sampleSnapshot } from '../backend/samples.ts';
import type { EmbeddedBroker } from '../mqtt/aedes.ts';
import { startAedes } from '../mqtt/aedes.ts';
import { freePort } from '../mqtt/mosquitto.ts';
import type { Heard, ScriptedTerminal } from './scripted-terminal.ts';
import { scriptedTerminal } from './scripted-terminal.ts';

describe('refund', () => {
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
  const output = (lines: string[]) => ({ write: (text: string) => lines.push(text) });
  const refund = (order: string, amount: string, options: Partial<RefundOptions> = {}) =>
    refundCommand(
      order,
      amount,
      {
        urls: [broker.url],
        prefix: 'beacon/1',
        terminalId: 'till-1',
        protocolVersion: 4,
        ...options,
      },
      output(out),
      output(err),
    );

  /** A start that is answered, and then goes on as the script says. */
  const afterStart =
    (goOn: (refundOrderId: string, terminal: ScriptedTerminal) => void) =>
    (command: Heard, self: ScriptedTerminal) => {
      if (command.name !== 'refund/start') return;
      const { id, refundOrderId, amount } = command.body;
      const result = sampleRefund({ refundOrderId, amount });
      self.answer(command, { id, ok: true, result });
      goOn(refundOrderId, self);
    };
  const refused = (code: ErrorCode): CommandError => ({
    code,
    field: null,
    message: 'so it is',
    retryable: false,
    payment: null,
    mobilePay: null,
  });

  test('an approved refund ends with 0 and says so in words', async () => {
    const self = play(
      afterStart((refundOrderId, terminal) => {
        const amount = { currency: 'EUR', value: 500 } as const;
        const more = { refundOrderId, amount, outcome: 'approved' } as const;
        terminal.sayRefund({ ...more, revision: 3, platformStatus: 'Reserved' });
      }),
    );
    expect(await refund('order-9', '5,00', { refundOrderId: 'refund-9' })).toBe(0);
    expect(out.join('')).toBe(
      [
        'Refund refund-9: giving back 5.00 EUR of order order-9 at till-1.',
        'MobilePay is preparing it.',
        'Given back: 5.00 EUR.',
        '',
      ].join('\n'),
    );
    const [sent] = self.heard;
    expect(sent?.body).toMatchObject({
      orderId: 'order-9',
      refundOrderId: 'refund-9',
      amount: { currency: 'EUR', value: 500 },
    });
    expect('paymentId' in (sent?.body ?? {})).toBe(false);
    expect(Date.parse(sent?.body.expiresAt)).toBeGreaterThan(Date.now());
  });

  test('another till’s payment is named by its id', async () => {
    const paymentId = '11111111-1111-4111-8111-111111111111';
    const self = play(
      afterStart((refundOrderId, terminal) =>
        terminal.sayRefund({ refundOrderId, revision: 3, outcome: 'approved' }),
      ),
    );
    expect(await refund('order-9', '5.00', { paymentId })).toBe(0);
    expect(self.heard[0]?.body).toMatchObject({ orderId: 'order-9', paymentId });
    expect(self.heard[0]?.body.refundOrderId).toMatch(/^refund-.{1,28}$/);
  });

  test('a declined refund ends with 1', async () => {
    play(
      afterStart((refundOrderId, terminal) =>
        terminal.sayRefund({
          refundOrderId,
          revision: 2,
          outcome: 'declined',
          reason: 'by-platform',
        }),
      ),
    );
    expect(await refund('order-9', '1.00')).toBe(1);
    expect(out.join('')).toContain('Not given back: MobilePay cancelled it. No money moves.');
  });

  test.each([
    ['unknown-order', 1],
    ['wrong-state', 1],
    ['rejected', 1],
    ['amount-not-allowed', 64],
    ['duplicate-order', 64],
    ['not-supported', 64],
    ['unreachable', 69],
  ] as const)('a start refused with %s ends with %i', async (code, exitCode) => {
    play((command, self) => {
      self.answer(command, { id: command.body.id, ok: false, error: refused(code) });
    });
    expect(await refund('order-9', '1.00')).toBe(exitCode);
    expect(err.join('')).toContain(`Refused, ${code}: so it is`);
  });

  test('a refusal says more than the declined refund it follows', async () => {
    play((command, self) => {
      const { id, refundOrderId } = command.body;
      const declined = { outcome: 'declined', reason: 'not-created' } as const;
      self.sayRefund({ refundOrderId, revision: 2, ...declined });
      self.answer(command, { id, ok: false, error: refused('amount-not-allowed') });
    });
    expect(await refund('order-9', '1.00')).toBe(64);
    expect(err.join('')).toContain('Refused, amount-not-allowed');
  });

  test('an id that was used up is refused, though that refund was approved', async () => {
    play((command, self) => {
      const { id, refundOrderId } = command.body;
      self.sayRefund({ refundOrderId, revision: 5, outcome: 'approved' });
      self.answer(command, { id, ok: false, error: refused('duplicate-order') });
    });
    expect(await refund('order-9', '1.00', { refundOrderId: 'refund-9' })).toBe(64);
    expect(err.join('')).toContain('Refused, duplicate-order');
  });

  test('a payment’s event is none of the refund’s', async () => {
    play(
      afterStart((refundOrderId, terminal) => {
        terminal.say({ orderId: refundOrderId, revision: 99, outcome: 'declined' });
        terminal.sayRefund({ refundOrderId, revision: 3, outcome: 'approved' });
      }),
    );
    expect(await refund('order-9', '1.00')).toBe(0);
  });

  test('an interrupt cancels; a second one gives up with 75', async () => {
    const self = play((command, me) => {
      const { id, refundOrderId } = command.body;
      const result = sampleRefund({ refundOrderId, outcome: 'unknown' });
      if (command.name === 'refund/start') me.answer(command, { id, ok: true, result });
    });
    const code = refund('order-9', '1.00', { refundOrderId: 'refund-9' });
    await vi.waitFor(() => expect(out.join('')).toContain('Not known yet.'));
    process.emit('SIGINT');
    await vi.waitFor(() => expect(self.heard.at(-1)?.name).toBe('refund/cancel'));
    expect(self.heard.at(-1)?.body).toMatchObject({ refundOrderId: 'refund-9' });
    process.emit('SIGINT');
    expect(await code).toBe(75);
    expect(err.join('')).toContain('refund/get');
  });

  test('after a lost connection what may have been missed is asked for', async () => {
    const first = play((command, me) => {
      const { id, refundOrderId } = command.body;
      const result = sampleRefund({ refundOrderId, outcome: 'unknown' });
      me.answer(command, { id, ok: true, result });
    });
    const code = refund('order-9', '1.00', { refundOrderId: 'refund-9' });
    await vi.waitFor(() => expect(out.join('')).toContain('Not known yet.'));
    await first.stop();
    terminal = scriptedTerminal({
      url: broker.url,
      protocolVersion: 4,
      bootId: 'boot-2',
      script(command, me) {
        const { id, refundOrderId } = command.body;
        if (command.name !== 'refund/get') return;
        const result = sampleRefund({ refundOrderId, revision: 5, outcome: 'approved' });
        me.answer(command, { id, ok: true, result });
      },
    });
    expect(await code).toBe(0);
    expect(out.join('')).toContain('The terminal is away.');
  });

  test('an offline terminal and an absent broker end with 69', async () => {
    const self = play(() => undefined);
    await self.stop();
    expect(await refund('order-9', '1.00')).toBe(69);
    expect(err.join('')).toContain('till-1 is not online');
    const urls = [`mqtt://127.0.0.1:${await freePort()}`];
    expect(await refund('order-9', '1.00', { urls })).toBe(69);
  });

  test('a wrong amount or id is wrong usage', async () => {
    for (const amount of ['5', '5.0', '0.00', '-5.00']) {
      expect(await refund('order-9', amount)).toBe(64);
    }
    expect(await refund('', '5.00')).toBe(64);
    expect(await refund('a€b', '5.00')).toBe(64);
    expect(await refund('order-9', '5.00', { refundOrderId: 'x'.repeat(37) })).toBe(64);
    expect(err.join('')).toContain('--refund-order has 1 to 36 characters.');
  });

  test('a refund’s snapshot is no payment’s, though both name the order', async () => {
    const { connectRegister } = await import('../../src/register/register-client.ts');
    play((command, me) => {
      const { id } = command.body;
      const result = sampleRefund({ orderId: 'order-9', revision: 7 });
      me.answer(command, { id, ok: true, result });
      me.say({ orderId: 'order-9', revision: 4 });
    });
    const register = await connectRegister({
      urls: [broker.url],
      prefix: 'beacon/1',
      terminalId: 'till-1',
      protocolVersion: 4,
    });
    await register.send('refund/get', { refundOrderId: 'refund-1' });
    await vi.waitFor(() => expect(register.payment('order-9')).toBeDefined());
    expect(register.payment('order-9')).toEqual(
      expect.objectContaining({ ...sampleSnapshot({ orderId: 'order-9' }), revision: 4 }),
    );
    expect(register.refund('refund-1')?.revision).toBe(7);
    await register.close();
  });
});
