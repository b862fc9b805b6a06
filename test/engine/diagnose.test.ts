import { describe, expect } from 'vitest';
import type { DoctorReport } from '../../src/contract/doctor-report.ts';
import { test } from './world.ts';

const report: DoctorReport = {
  terminalId: 'till-1',
  software: { name: 'beacon-terminal', version: '1.2.3' },
  at: '2026-01-31T10:00:00.000Z',
  durationMs: 1_500,
  verdict: 'ok',
  checks: [],
};

/** Doctors who take their time. */
function doctorAfter(ms: number, found: DoctorReport | null = report) {
  const calls: number[] = [];
  const examine = (): Promise<DoctorReport | null> => {
    calls.push(Date.now());
    return new Promise((resolve) => {
      setTimeout(() => resolve(found), ms);
    });
  };
  return { calls, examine };
}

describe('terminal/diagnose', () => {
  test('answers with what doctor finds, and sells meanwhile', async ({ world }) => {
    const { examine } = doctorAfter(2_000);
    const till = await world.boot({ engine: { examine } });
    const asked = till.send('terminal/diagnose');
    expect(till.commits().at(-1)?.batch.commands, 'journalled before it is begun').toMatchObject([
      { id: asked, answer: null },
    ]);
    const sale = till.start('A');
    expect((await till.snapshot(sale)).outcome).toBe('pending');
    expect(await till.answer(asked)).toMatchObject({
      ok: true,
      result: { phase: 'paying', doctor: report },
    });
  });

  test('says null where doctor could not be asked, as without one', async ({ world }) => {
    const { examine } = doctorAfter(10, null);
    const till = await world.boot({ engine: { examine } });
    const asked = await till.answer(till.send('terminal/diagnose'));
    expect(asked).toMatchObject({ ok: true, result: { phase: 'idle', doctor: null } });
  });

  test('answers at once while the terminal starts, and without a doctor', async ({ world }) => {
    world.network.next('authorize', { answerAfterMs: 1_900 });
    const { examine, calls } = doctorAfter(10);
    const till = await world.boot({ atOnce: true, engine: { examine } });
    expect(till.reply(till.send('terminal/diagnose'))).toMatchObject({
      ok: true,
      result: { phase: 'starting', doctor: null },
    });
    expect(calls).toEqual([]);
    await world.run(3_000);
  });

  test('that a crash left unanswered is answered by the next boot, at once', async ({ world }) => {
    const { examine } = doctorAfter(60_000);
    const before = await world.boot({ engine: { examine } });
    const asked = before.send('terminal/diagnose');
    before.crash();
    const { calls, ...doctor } = doctorAfter(60_000);
    const till = await world.boot({ engine: doctor });
    expect(await till.answer(asked)).toMatchObject({ ok: true, result: { doctor: null } });
    expect(calls).toEqual([]);
  });
});
