import { describe, expect, test as plainTest } from 'vitest';
import { createTrustedClock } from '../../src/engine/trusted-clock.ts';
import { soon } from './till.ts';
import { NOON, test } from './world.ts';

const HOUR = 3_600_000;

function clockAt(options: { wallAheadMs?: number; newest?: number | null }) {
  let passed = 0;
  let wallAheadMs = options.wallAheadMs ?? 0;
  const clock = createTrustedClock({
    newestJournalEntry: options.newest ?? null,
    wallMs: () => NOON + passed + wallAheadMs,
    monotonicMs: () => 7_000 + passed,
  });
  return {
    clock,
    pass: (ms: number) => {
      passed += ms;
    },
    stepWall: (ms: number) => {
      wallAheadMs += ms;
    },
    trueMs: () => NOON + passed,
    /** A `Date` header: whole seconds. */
    date: () => Math.floor((NOON + passed) / 1_000) * 1_000,
  };
}

describe('rule 12: trusted time', () => {
  plainTest('before any answer the wall clock is all there is, and it is not trusted', () => {
    const { clock } = clockAt({ wallAheadMs: HOUR });
    expect(clock.now()).toBe(NOON + HOUR);
    expect(clock.trusted()).toBe(false);
    expect(clock.disagrees()).toBe(false);
  });

  plainTest('a wall clock within 2 s of the server’s Date is believed', () => {
    const { clock, date, pass } = clockAt({ wallAheadMs: 1_900 });
    clock.observeServerDate(date());
    pass(10_000);
    expect(clock.now()).toBe(NOON + 10_000 + 1_900);
    expect(clock.trusted()).toBe(true);
    expect(clock.disagrees()).toBe(false);
  });

  for (const wallAheadMs of [HOUR, -HOUR, 3_000, -3_000]) {
    plainTest(
      `a wall clock that is ${wallAheadMs / 1_000} s off is not: the Date plus monotonic time`,
      () => {
        const { clock, date, pass, trueMs } = clockAt({ wallAheadMs });
        clock.observeServerDate(date());
        pass(90_500);
        expect(Math.abs(clock.now() - trueMs())).toBeLessThanOrEqual(1_000);
        expect(clock.disagrees()).toBe(true);
      },
    );
  }

  for (const step of [HOUR, -HOUR]) {
    plainTest(`a wall clock that steps by ${step / 1_000} s afterwards moves nothing`, () => {
      const { clock, date, stepWall, trueMs, pass } = clockAt({});
      clock.observeServerDate(date());
      pass(1_000);
      stepWall(step);
      expect(Math.abs(clock.now() - trueMs())).toBeLessThanOrEqual(1_000);
      expect(clock.disagrees()).toBe(true);
    });
  }

  plainTest('never behind the newest journal entry: from there on at the monotonic pace', () => {
    const { clock, pass, date } = clockAt({ wallAheadMs: -HOUR, newest: NOON - 60_000 });
    expect(clock.now()).toBe(NOON - 60_000);
    pass(5_000);
    expect(clock.now()).toBe(NOON - 55_000);
    clock.observeServerDate(date());
    pass(500);
    expect(clock.now()).toBeGreaterThan(NOON + 4_000);
  });

  plainTest('it never runs backwards while answers come in', () => {
    const { clock, pass, date } = clockAt({ wallAheadMs: HOUR });
    clock.observeServerDate(date());
    let last = clock.now();
    for (let count = 0; count < 200; count += 1) {
      pass(137);
      clock.observeServerDate(date());
      expect(clock.now()).toBeGreaterThanOrEqual(last);
      last = clock.now();
    }
  });
});

describe('rule 12 at work', () => {
  for (const hours of [1, -1]) {
    test(`with the device's clock ${hours} h off a sale goes by MobilePay's time`, async ({
      world,
    }) => {
      world.setWallAhead(hours * HOUR);
      const till = await world.boot();
      expect(till.state().faults).toEqual(['clock-untrusted']);
      const snapshot = await till.snapshot(till.start('A', { customerTimeoutSeconds: 20 }));
      const deadline = Date.parse(snapshot.deadline ?? '');
      expect(Math.abs(deadline - (Date.now() + 20_000))).toBeLessThanOrEqual(1_500);
      expect((await till.error(till.start('B', { expiresAt: soon(-2_000) }))).code).toBe('expired');
      await world.until(() => till.last('A').reason === 'customer-timeout', 23_000);
      expect(Date.now() - deadline).toBeLessThanOrEqual(2_000);
    });

    test(`a clock that jumps ${hours} h in the middle of a sale moves no deadline`, async ({
      world,
    }) => {
      const till = await world.boot();
      await till.snapshot(till.start('A', { customerTimeoutSeconds: 30 }));
      world.setWallAhead(hours * HOUR);
      await world.run(25_000);
      expect(till.last('A').outcome).toBe('pending');
      await world.run(8_000);
      expect(till.last('A').reason).toBe('customer-timeout');
    });

    test(`a boot with the clock ${hours} h off judges Reserved by the true deadline`, async ({
      world,
    }) => {
      const before = await world.boot();
      await before.snapshot(before.start('A', { customerTimeoutSeconds: 60 }));
      world.mobilePay.accept('A');
      before.crash();
      world.setWallAhead(hours * HOUR);
      const till = await world.boot();
      await world.until(() => till.state().phase === 'idle');
      expect(till.last('A')).toMatchObject({ outcome: 'approved', platformStatus: 'Captured' });
    });

    test(`a command held while the clock is found ${hours} h off is answered within 9 s`, async ({
      world,
    }) => {
      world.setWallAhead(hours * HOUR);
      world.network.next('authorize', { answerAfterMs: 1_900 });
      const till = await world.boot({ atOnce: true });
      world.network.always('create', 'lost-request');
      const id = till.start('A');
      const sentAt = Date.now();
      await till.answer(id);
      expect(Date.now() - sentAt).toBeLessThanOrEqual(9_000);
      expect(till.reply(id)).toMatchObject({ ok: true, result: { outcome: 'unknown' } });
      expect(Date.now() - sentAt).toBeGreaterThan(5_000);
    });
  }

  test('the fault clock-untrusted is cleared when the device’s clock is set right', async ({
    world,
  }) => {
    world.setWallAhead(HOUR);
    const till = await world.boot();
    expect(till.state().faults).toEqual(['clock-untrusted']);
    world.setWallAhead(0);
    await world.run(61_000);
    expect(till.state().faults).toEqual([]);
    expect(till.events('fault').map(({ cleared }) => cleared)).toEqual([false, true]);
  });

  test('after a boot with the clock far behind, time goes on from the newest journal entry', async ({
    world,
  }) => {
    const before = await world.boot();
    await before.snapshot(before.start('A'));
    before.cancel('A');
    await world.until(() => before.state().phase === 'idle');
    before.crash();
    world.setWallAhead(-24 * HOUR);
    world.network.always('all', 'unsent');
    const till = await world.boot({ atOnce: true });
    expect(Date.parse(till.state().at)).toBeGreaterThanOrEqual(Date.now() - 1_000);
  });
});
