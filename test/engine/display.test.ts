import { describe, expect } from 'vitest';
import { test } from './world.ts';

const greeting = { lines: ['Hej Anna', 'Du har 120 point'], seconds: 30 };

test('a terminal that stops does not say at last that it has lost the register', async ({
  world,
}) => {
  const till = await world.boot();
  await till.stop();
  expect(till.views.at(-1)?.mqttConnected).toBe(true);
});

describe('display/show', () => {
  test('shows a text for so long', async ({ world }) => {
    const till = await world.boot();
    expect(await till.answer(till.send('display/show', greeting))).toMatchObject({ ok: true });
    expect(till.views.at(-1)?.message).toEqual({ lines: greeting.lines });
    await world.run(29_900);
    expect(till.views.at(-1)?.message).not.toBeNull();
    await world.run(200);
    expect(till.views.at(-1)?.message).toBeNull();
  });

  test('shows a code; the newest stands in place of the one before, for its own time', async ({
    world,
  }) => {
    const till = await world.boot();
    till.send('display/show', greeting);
    await world.run(20_000);
    till.send('display/show', { qr: 'https://example.org/club', seconds: 20 });
    expect(till.views.at(-1)?.message).toEqual({ qr: 'https://example.org/club' });
    await world.run(15_000);
    expect(till.views.at(-1)?.message).not.toBeNull();
    await world.run(5_100);
    expect(till.views.at(-1)?.message).toBeNull();
  });

  test('gives way to a payment at once, and does not come back after it', async ({ world }) => {
    const till = await world.boot();
    till.send('display/show', { ...greeting, seconds: 3600 });
    const id = till.start('A');
    await till.snapshot(id);
    expect(till.views.at(-1)).toMatchObject({ message: null, phase: 'paying' });
    expect(await till.error(till.send('display/show', greeting))).toMatchObject({
      code: 'busy',
      payment: { orderId: 'A' },
    });
    till.cancel('A');
    await world.until(() => till.state().phase === 'idle');
    expect(till.views.at(-1)?.message).toBeNull();
  });

  test('gives way to the invitation of a press on the pay button', async ({ world }) => {
    const till = await world.boot();
    till.send('display/show', greeting);
    till.engine.press('pay', 'press');
    expect(till.views.at(-1)).toMatchObject({ message: null, invited: true });
    await world.run(130_000);
  });

  test('stands above an invitation of the register’s own', async ({ world }) => {
    const till = await world.boot();
    till.send('checkin/watch', { on: true });
    till.send('display/show', greeting);
    expect(till.views.at(-1)).toMatchObject({ message: { lines: greeting.lines }, invited: true });
    await world.run(130_000);
  });

  test('is refused while the terminal is starting or out of order', async ({ world }) => {
    world.network.always('all', 'unsent');
    const till = await world.boot({ atOnce: true });
    expect((await till.error(till.send('display/show', greeting))).code).toBe('wrong-state');
    await world.run(10_000);
    expect((await till.error(till.send('display/show', greeting))).code).toBe('wrong-state');
    expect(till.views.at(-1)?.message).toBeNull();
  });

  test('is not supported without a display, and its info says so', async ({ world }) => {
    const till = await world.boot({ engine: { hasDisplay: false } });
    expect(await till.error(till.send('display/show', greeting))).toMatchObject({
      code: 'not-supported',
    });
    expect(till.link.info()?.capabilities).not.toContain('display');
    await till.stop();
    const other = await world.boot();
    expect(other.link.info()?.capabilities).toContain('display');
  });

  test.for<[string, Record<string, unknown>]>([
    ['lines', { lines: [], seconds: 1 }],
    ['lines', { lines: ['1', '2', '3', '4', '5'], seconds: 1 }],
    ['lines.0', { lines: ['x'.repeat(41)], seconds: 1 }],
    ['lines.1', { lines: ['fine', '\u001b@'], seconds: 1 }],
    ['lines.0', { lines: ['two\nlines'], seconds: 1 }],
    ['seconds', { lines: ['fine'], seconds: 0 }],
    ['seconds', { lines: ['fine'], seconds: 3601 }],
    ['seconds', { lines: ['fine'] }],
  ])('names what is wrong: %s of %j', async ([field, payload], { world }) => {
    const till = await world.boot();
    const error = await till.error(till.send('display/show', payload));
    expect(error).toMatchObject({ code: 'invalid-request', field });
    expect(till.views.at(-1)?.message).toBeNull();
  });
});

describe('terminal/log-level', () => {
  test('sets how much is logged', async ({ world }) => {
    const till = await world.boot();
    const reply = await till.answer(till.send('terminal/log-level', { level: 'debug' }));
    expect(reply).toMatchObject({ ok: true, result: {} });
    expect(till.logLevels).toEqual(['debug']);
    expect(
      await till.error(till.send('terminal/log-level', { level: 'everything' })),
    ).toMatchObject({ code: 'invalid-request', field: 'level' });
    expect(till.logLevels).toEqual(['debug']);
  });
});
