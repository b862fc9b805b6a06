import { describe, expect, it } from 'vitest';
import { doctorReportSchema } from '../../../src/contract/doctor-report.ts';
import { examine } from '../../../src/field/doctor/examination.ts';
import { failed, ok, skipped, warning } from '../../../src/field/doctor/finding.ts';
import type { Check } from '../../../src/field/doctor/patient.ts';
import { reportOf } from '../../../src/field/doctor/report.ts';
import { reportText } from '../../../src/field/doctor/report-text.ts';
import { patientWith } from './patient.ts';

const patient = patientWith();
const runtime: Check = { name: 'runtime', look: () => ok('Node') };
const about = { terminalId: 'till-1', at: new Date(0), durationMs: 1234, secrets: [] };

describe('an examination', () => {
  it('ends in time whatever hangs, and tells it to let go', async () => {
    let released = false;
    const hanging: Check = {
      name: 'display',
      limitMs: 20,
      look: (_, signal) => {
        signal.addEventListener('abort', () => {
          released = true;
        });
        return new Promise(() => {});
      },
    };
    const results = await examine([hanging, runtime], patient, 60_000);
    expect(results.map(({ verdict }) => verdict)).toEqual(['failed', 'ok']);
    expect(results[0]?.evidence).toMatch(/no answer within 0\.0 s/);
    expect(released).toBe(true);
    const late = { ...hanging, limitMs: 60_000, late: warning('not all of it', 'Try again.') };
    expect(await examine([late], patient, 20)).toMatchObject([{ verdict: 'warning' }]);
    const patiently = { ...hanging, limitMs: 60_000 };
    expect(await examine([patiently], patient, 20), 'its own time is not over').toMatchObject([
      { verdict: 'skipped', evidence: expect.stringContaining('there was no time left') },
    ]);
  });

  it('looks at nothing that needs what fails, or what does not apply', async () => {
    const reachable: Check = { name: 'broker-reachable', look: () => failed('dead', 'Mend it.') };
    const off: Check = { name: 'bluetooth-adapter', look: () => skipped('beacon.mode is off') };
    const never = (
      name: 'broker-tls' | 'broker-login' | 'radio',
      needs: Check['needs'],
    ): Check => ({
      name,
      ...(needs === undefined ? {} : { needs }),
      look: () => {
        throw new Error('looked at all the same');
      },
    });
    const results = await examine(
      [
        never('broker-login', ['broker-tls']),
        never('broker-tls', ['broker-reachable']),
        reachable,
        off,
        never('radio', ['bluetooth-adapter']),
      ],
      patient,
      60_000,
    );
    expect(results.map(({ name, verdict, evidence }) => [name, verdict, evidence])).toEqual([
      ['broker-login', 'skipped', 'not looked at while broker-reachable fails'],
      ['broker-tls', 'skipped', 'not looked at while broker-reachable fails'],
      ['broker-reachable', 'failed', 'dead'],
      ['bluetooth-adapter', 'skipped', 'beacon.mode is off'],
      ['radio', 'skipped', 'beacon.mode is off'],
    ]);
  });

  it('goes on with what only warns', async () => {
    const warned: Check = { name: 'broker-tls', look: () => warning('soon', 'Renew it.') };
    const login: Check = { name: 'broker-login', needs: ['broker-tls'], look: () => ok('in') };
    expect(await examine([warned, login], patient, 60_000)).toMatchObject([
      { verdict: 'warning' },
      { verdict: 'ok' },
    ]);
  });

  it('survives a check that breaks', async () => {
    const broken: Check = {
      name: 'power',
      look: () => {
        throw new Error('our own mistake');
      },
    };
    expect(await examine([broken, runtime], patient, 60_000)).toMatchObject([
      { verdict: 'failed', evidence: 'it cannot be looked at: our own mistake' },
      { verdict: 'ok' },
    ]);
  });
});

describe('the report', () => {
  const results = [
    { name: 'runtime' as const, ...ok('Node 20'), durationMs: 1 },
    { name: 'power' as const, ...skipped('not told'), durationMs: 1 },
    {
      name: 'broker-login' as const,
      ...failed('hunter22 is\nrefused', 'Change it.'),
      durationMs: 1,
    },
    { name: 'disk-space' as const, ...warning('little', 'Make room.'), durationMs: 1 },
  ];

  it('has the worst verdict, as its schema says', () => {
    const verdictOf = (count: number) => reportOf(results.slice(0, count), about).verdict;
    expect([verdictOf(2), verdictOf(3)]).toEqual(['ok', 'failed']);
    expect(reportOf(results.slice(3), about).verdict).toBe('warning');
    expect(() => doctorReportSchema.parse(reportOf(results, about))).not.toThrow();
  });

  it('has no secret in it, even where a check would tell one', () => {
    const report = reportOf(results, { ...about, secrets: ['hunter22', ''] });
    expect(JSON.stringify(report)).not.toContain('hunter22');
    expect(report.checks[2]?.evidence).toContain('[redacted]');
  });

  it('is a line for each check, with what to do below those that are not well', () => {
    expect(reportText(reportOf(results, about), false)).toBe(`\
beacon-terminal ${reportOf([], about).software.version} · till-1 · 1970-01-01T00:00:00.000Z

ok       runtime               Node 20
skipped  power                 not told
FAILED   broker-login          hunter22 is · refused
         > Change it.
warning  disk-space            little
         > Make room.

1 failed, 1 warning, 1 ok, 1 skipped, in 1.2 s
`);
  });

  it('has colours for eyes only', () => {
    const colour = '\u001b[';
    expect(reportText(reportOf(results, about), true)).toContain(colour);
    expect(reportText(reportOf(results, about), false)).not.toContain(colour);
  });
});
