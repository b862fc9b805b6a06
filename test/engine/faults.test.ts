import { describe, expect } from 'vitest';
import { TerminalError } from '../../src/terminal-error.ts';
import { sold } from './sold.ts';
import { soon } from './till.ts';
import { test } from './world.ts';

describe('faults are raised and cleared', () => {
  test('api-unreachable after two unanswered calls, cleared by the next answer', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.network.always('all', 'lost-request');
    await world.run(1_600);
    expect(till.state()).toMatchObject({ api: { reachable: true }, faults: [] });
    await world.run(3_000);
    expect(till.state()).toMatchObject({ api: { reachable: false }, faults: ['api-unreachable'] });
    await world.run(20_000);
    expect(till.faults()).toEqual(['api-unreachable']);
    world.network.always('all', 'fine');
    await world.run(7_000);
    expect(till.state()).toMatchObject({ api: { reachable: true }, faults: [] });
    expect(till.events('fault')).toMatchObject([
      { code: 'api-unreachable', cleared: false, message: expect.any(String) },
      { code: 'api-unreachable', cleared: true },
    ]);
    const [raised, cleared] = till.events('fault');
    expect(cleared?.since).toBe(raised?.since);
  });

  test('an idle terminal does not knock at MobilePay', async ({ world }) => {
    await world.boot();
    const requests = world.requests().length;
    await world.run(3_600_000);
    expect(world.requests()).toHaveLength(requests);
  });

  test('what a device reports is in the state until it works again, and sales go on', async ({
    world,
  }) => {
    const till = await world.boot();
    till.engine.setDeviceFault('display-unreachable', true);
    till.engine.setDeviceFault('display-unreachable', true);
    expect(till.state().faults).toEqual(['display-unreachable']);
    expect(till.views.at(-1)?.faults).toEqual(['display-unreachable']);
    await till.snapshot(till.start('A'));
    till.engine.setDeviceFault('display-unreachable', false);
    expect(till.state().faults).toEqual([]);
    expect(till.events('fault')).toMatchObject([
      { code: 'display-unreachable', cleared: false },
      { code: 'display-unreachable', cleared: true },
    ]);
  });

  test('a fault that stands is told once, and again by each boot that meets it', async ({
    world,
  }) => {
    world.setWallAhead(3_600_000);
    const before = await world.boot();
    await world.run(300_000);
    expect(before.faults()).toEqual(['clock-untrusted']);
    await before.stop();
    const till = await world.boot();
    expect(till.faults()).toEqual(['clock-untrusted']);
  });
});

describe('a journal that fails while the terminal runs (rule 13)', () => {
  for (const code of ['disk-full', 'journal-damaged'] as const) {
    test(`${code}: out of order, nothing more is begun, nothing false is told`, async ({
      world,
    }) => {
      world.allow('log-errors', 'slow-reply');
      const till = await world.boot();
      await till.snapshot(till.start('waits', { autoCapture: false }));
      world.mobilePay.accept('waits');
      await world.until(() => till.state().phase === 'approved');
      await till.snapshot(till.start('A'));
      const told = till.told('A').length;
      till.journal.failWith(code);
      world.mobilePay.accept('A');
      await world.run(5_000);
      expect(till.state()).toMatchObject({ phase: 'out-of-order', faults: [code] });
      expect(till.views.at(-1)).toMatchObject({ phase: 'out-of-order', faults: [code] });
      const requests = world.requests().length;
      await world.run(120_000);
      expect(world.requests(), 'the workers have stopped').toHaveLength(requests);
      expect(world.requests('capture')).toEqual([]);
      expect(till.told('A')).toHaveLength(told);
      expect(till.restarts).toEqual([]);
      expect(() => till.start('B')).toThrow();
    });
  }

  test('one that cannot be read any more: out of order, too', async ({ world }) => {
    world.allow('log-errors', 'slow-reply');
    const till = await sold(world);
    const unreadable = () => {
      throw new TerminalError('journal-damaged', 'the disk cannot be read');
    };
    Object.assign(till.journal, { command: unreadable, order: unreadable, paidOut: unreadable });
    expect(() => till.start('B')).toThrow();
    await world.run(1_000);
    expect(till.state()).toMatchObject({ phase: 'out-of-order', faults: ['journal-damaged'] });
    expect(world.requests('create')).toHaveLength(1);
  });

  test('a commit that fails for a command in the background fails the journal, too', async ({
    world,
  }) => {
    world.allow('log-errors', 'slow-reply');
    const till = await world.boot();
    world.mobilePay.hold({ orderId: 'other', status: 'Reserved' });
    world.network.next('find', { answerAfterMs: 300 });
    till.capture('other');
    const { commit } = till.journal;
    till.journal.commit = () => {
      till.journal.commit = commit;
      throw new TerminalError('disk-full', 'the disk is full for a moment');
    };
    await world.run(1_000);
    expect(till.state()).toMatchObject({ phase: 'out-of-order', faults: ['disk-full'] });
    expect(world.requests('capture')).toEqual([]);
  });

  test('when it can be written again a restart is asked for, once, and the next boot goes on', async ({
    world,
  }) => {
    world.allow('log-errors', 'slow-reply');
    const before = await world.boot();
    await before.snapshot(before.start('A'));
    before.journal.failWith('disk-full');
    world.mobilePay.accept('A');
    await world.run(35_000);
    expect(before.restarts).toEqual([]);
    before.journal.failWith(null);
    await world.run(60_000);
    expect(before.restarts).toEqual(['journal']);
    expect(before.state().phase).toBe('out-of-order');
    await before.stop();
    const till = await world.boot();
    await world.until(() => till.state().phase === 'idle');
    expect(till.last('A').outcome).toBe('approved');
    expect(world.mobilePay.of('A').past.filter((status) => status === 'Captured')).toHaveLength(1);
  });

  test('a disk that is full when a start comes: no PUBACK, no create; the broker brings it again', async ({
    world,
  }) => {
    world.allow('log-errors');
    const before = await world.boot();
    const payload = {
      id: 'c-again',
      orderId: 'A',
      amount: { currency: 'DKK', value: 1250 },
      expiresAt: soon(),
    };
    before.journal.failWith('disk-full');
    expect(() => before.sendRaw('payment/start', payload)).toThrow();
    expect(world.requests('create')).toEqual([]);
    expect(before.state().phase).toBe('out-of-order');
    await before.stop();
    const till = await world.boot();
    till.sendRaw('payment/start', payload);
    expect((await till.snapshot('c-again')).outcome).toBe('pending');
  });

  test('a disk that fills between a create and its answer: the next boot finds the payment', async ({
    world,
  }) => {
    world.allow('log-errors', 'slow-reply');
    const before = await world.boot();
    world.network.next('create', { answerAfterMs: 500 });
    before.start('A');
    before.journal.failWith('disk-full');
    await world.run(2_000);
    expect(before.told('A')).toEqual([]);
    expect(before.state().phase).toBe('out-of-order');
    await before.stop();
    const till = await world.boot();
    await world.until(() => till.outcomes('A').at(-1) === 'pending');
    expect(world.mobilePay.held('A')).toHaveLength(1);
  });

  test('a disk that fills during boot does not end in a terminal that sells', async ({ world }) => {
    world.allow('log-errors', 'slow-reply');
    const before = await world.boot();
    await before.snapshot(before.start('A', { autoCapture: false }));
    before.crash();
    world.mobilePay.accept('A');
    const till = await world.boot({ atOnce: true });
    till.journal.failWith('disk-full');
    await world.run(5_000);
    expect(till.state()).toMatchObject({ phase: 'out-of-order', faults: ['disk-full'] });
    till.journal.failWith(null);
    await world.run(2_000);
    expect(till.state().phase, 'only a restart makes it ready again').toBe('out-of-order');
    expect(till.restarts).toEqual([]);
    expect(() => till.cancel('A')).toThrow();
    await world.run(10_000);
    expect(till.restarts).toEqual(['journal']);
  });

  test('a disk that fills while the last order is being looked at does not either', async ({
    world,
  }) => {
    world.allow('log-errors', 'slow-reply');
    const before = await world.boot();
    await before.snapshot(before.start('A', { autoCapture: false }));
    before.crash();
    world.mobilePay.accept('A');
    world.network.next('get', { answerAfterMs: 2_000 });
    const till = await world.boot();
    expect(till.poses).toHaveLength(1);
    till.journal.failWith('disk-full');
    await world.run(3_000);
    expect(till.state()).toMatchObject({ phase: 'out-of-order', faults: ['disk-full'] });
    expect(till.idles()).toBe(0);
  });

  test('a disk that fills before the PoS is known is out of order too', async ({ world }) => {
    world.allow('log-errors');
    world.network.always('authorize', { status: 401, credentialsRefused: true });
    const till = await world.boot({ atOnce: true });
    till.journal.failWith('disk-full');
    await world.run(5_000);
    expect(till.state()).toMatchObject({ phase: 'out-of-order', faults: ['disk-full'] });
    till.journal.failWith(null);
    await world.run(11_000);
    expect(till.restarts).toEqual(['journal']);
  });

  test('neither a button nor the radio nor the link brings a broken journal down', async ({
    world,
  }) => {
    world.allow('log-errors');
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    till.journal.failWith('disk-full');
    till.engine.press('cancel', 'press');
    till.engine.setAdvertising(true);
    till.link.disconnect();
    till.link.connect();
    till.link.handlers().onForeignState('boot-of-another');
    await world.run(70_000);
    expect(till.state()).toMatchObject({ phase: 'out-of-order', beacon: { advertising: true } });
  });
});

test('a picture that cannot be drawn keeps no command from being carried out', async ({
  world,
}) => {
  world.allow('log-errors');
  let broken = false;
  const onView = () => {
    if (broken) throw new Error('there is no picture of this');
  };
  const till = await world.boot({ engine: { onView } });
  await till.snapshot(till.start('A', { autoCapture: false }));
  world.mobilePay.accept('A');
  await world.until(() => till.state().phase === 'approved');
  broken = true;
  expect((await till.snapshot(till.capture('A'))).platformStatus).toBe('Captured');
});

describe('a journal that cannot be opened at boot', () => {
  test('journal-damaged: out of order with the fault; no PUBACK, MobilePay is not called', async ({
    world,
  }) => {
    world.allow('slow-reply');
    const damage = new TerminalError('journal-damaged', 'What is wrong, and what to do about it.');
    const till = await world.boot({ engine: { damage } });
    expect(till.state()).toMatchObject({ phase: 'out-of-order', faults: ['journal-damaged'] });
    const noPromise = 'an earlier boot may have begun it';
    expect(() => till.start('A'), noPromise).toThrow(damage);
    expect(() => till.cancel('A'), noPromise).toThrow(damage);
    till.engine.press('cancel', 'press');
    await world.run(120_000);
    expect(world.requests()).toEqual([]);
    expect(till.idles()).toBe(0);
    expect(till.restarts).toEqual([]);
  });

  test('disk-full: no PUBACK, MobilePay is not called; when there is room a restart is asked for, once', async ({
    world,
  }) => {
    world.allow('slow-reply');
    const damage = new TerminalError('disk-full', 'Make room.');
    let full = true;
    const reopenJournal = () => {
      if (full) throw damage;
    };
    const till = await world.boot({ engine: { damage, reopenJournal } });
    expect(till.state()).toMatchObject({ phase: 'out-of-order', faults: ['disk-full'] });
    expect(() => till.start('A'), 'an earlier boot may have begun it').toThrow();
    till.engine.press('cancel', 'press');
    await world.run(60_000);
    expect(till.restarts).toEqual([]);
    full = false;
    await world.run(60_000);
    expect(till.restarts).toEqual(['journal']);
    expect(world.requests()).toEqual([]);
    expect(till.idles()).toBe(0);
  });
});
