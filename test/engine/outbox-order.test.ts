import { describe, expect } from 'vitest';
import { soon } from './till.ts';
import { test } from './world.ts';

describe('event, then state, then reply', () => {
  test('at each change of a sale', async ({ world }) => {
    const till = await world.boot();
    const from = world.trace.length;
    await till.snapshot(till.start('A'));
    const kinds = world.trace
      .slice(from)
      .map(({ kind }) => kind)
      .filter((kind) => kind === 'event' || kind === 'state' || kind === 'reply');
    expect(kinds.slice(kinds.indexOf('event'))).toEqual(['event', 'state', 'reply']);
  });

  test('the state says the seq of the newest event and the payment in hand', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    const last = till.last('A');
    expect(till.state()).toMatchObject({
      bootId: 'boot-1',
      seq: last.seq,
      payment: { orderId: 'A', outcome: 'pending', revision: last.revision },
    });
  });

  test('seq starts at 1 in each boot; revisions rise over all boots', async ({ world }) => {
    const before = await world.boot();
    await before.snapshot(before.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => before.state().phase === 'approved');
    before.crash();
    const till = await world.boot();
    await till.snapshot(till.capture('A'));
    const events = world.trace.flatMap((entry) =>
      entry.kind === 'event' && entry.name === 'payment'
        ? [entry.payload as { bootId: string; seq: number; revision: number }]
        : [],
    );
    expect(events.find(({ bootId }) => bootId === 'boot-2')?.seq).toBe(1);
    const revisions = events.map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
  });
});

describe('the outbox', () => {
  test('while the broker is gone events wait, first in, first out; then the state follows', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    till.link.disconnect();
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    const told = till.told('A').length;
    expect(till.last('A').platformStatus).not.toBe('Captured');
    till.link.connect();
    expect(
      till
        .told('A')
        .slice(told)
        .map(({ platformStatus }) => platformStatus),
    ).toEqual(['Reserved', 'Captured']);
    expect(world.trace.at(-1)).toMatchObject({ kind: 'state', state: { phase: 'idle' } });
  });

  test('what an earlier boot could not send comes first, then what this boot has to say', async ({
    world,
  }) => {
    const before = await world.boot();
    await before.snapshot(before.start('A'));
    before.link.disconnect();
    world.mobilePay.accept('A');
    await world.until(() => before.state().phase === 'idle');
    before.crash();
    const till = await world.boot({ connected: false });
    till.sendRaw('payment/start', {
      id: 'c-next',
      orderId: 'B',
      amount: { currency: 'DKK', value: 100 },
      expiresAt: soon(),
    });
    await world.run(100);
    till.link.connect();
    const events = world.trace.flatMap((entry) =>
      entry.kind === 'event' && entry.bootId === till.bootId
        ? [(entry.payload as { bootId: string }).bootId]
        : [],
    );
    expect(events).toEqual(['boot-1', 'boot-1', 'boot-2']);
  });

  test('a reply that found no connection is not sent later; the repeat gets it', async ({
    world,
  }) => {
    const till = await world.boot();
    const payload = {
      id: 'c-lost',
      orderId: 'A',
      amount: { currency: 'DKK', value: 100 },
      expiresAt: soon(),
    };
    till.sendRaw('payment/start', payload);
    till.link.disconnect();
    await world.run(100);
    till.link.connect();
    expect(till.replies('c-lost')).toEqual([]);
    till.sendRaw('payment/start', payload);
    expect(till.reply('c-lost').ok).toBe(true);
  });

  test('a clean stop says offline under this boot’s id', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    await till.stop();
    expect(till.link.stoppedWith()).toEqual({ online: false, bootId: 'boot-1' });
  });

  test('a clean stop leaves what is unsettled to the next boot, and ends within a second', async ({
    world,
  }) => {
    const before = await world.boot();
    await before.snapshot(before.start('A'));
    world.mobilePay.accept('A');
    world.network.always('capture', { answerAfterMs: 1_900 });
    await world.until(() => world.requests('capture').length === 1);
    await before.stop();
    world.network.always('capture', 'fine');
    const till = await world.boot();
    await world.until(() => till.state().phase === 'idle');
    expect(world.mobilePay.of('A').past.filter((status) => status === 'Captured')).toHaveLength(1);
  });
});
