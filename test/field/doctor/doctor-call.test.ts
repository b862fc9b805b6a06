import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createDoctorCall } from '../../../src/field/doctor/doctor-call.ts';
import { reportOf } from '../../../src/field/doctor/report.ts';
import { temporaryFolder } from './patient.ts';

const about = { terminalId: 'till-1', at: new Date(0), durationMs: 1, secrets: [] };
const report = reportOf([], about);

/** The call of an executable that does this instead of `doctor`. */
function callOf(javascript: string, killAfterMs = 5_000) {
  const main = join(temporaryFolder(), 'main.cjs');
  writeFileSync(main, javascript);
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  return { call: createDoctorCall({ config: '/etc/c.yaml', logger, main, killAfterMs }), lines };
}

describe('the call of doctor by the service', () => {
  it('hands the config file on, and a time limit, and gives what it prints', async () => {
    const { call } = callOf(`
      const report = ${JSON.stringify(report)};
      report.terminalId = process.argv.slice(2).join(' ');
      process.stdout.write(JSON.stringify(report));
      process.exitCode = 1;
    `);
    expect(await call()).toEqual({
      ...report,
      terminalId: 'doctor --json --timeout 7 --config /etc/c.yaml',
    });
  });

  it('is one process for all who ask meanwhile, and another one later', async () => {
    const { call } = callOf(`
      const report = ${JSON.stringify(report)};
      report.durationMs = process.pid;
      process.stdout.write(JSON.stringify(report));
    `);
    const [one, other] = await Promise.all([call(), call()]);
    expect(one).toEqual(other);
    expect(await call()).not.toEqual(one);
  });

  it.each([
    ['hangs', 'setInterval(() => {}, 1000)'],
    ['dies', 'process.abort()'],
    ['prints something else', "process.stdout.write('internal error')"],
    ['prints another report', "process.stdout.write('{}')"],
  ])('is null, and a line in the log, when it %s', async (_, javascript) => {
    const { call, lines } = callOf(javascript, 1_000);
    expect(await call()).toBeNull();
    expect(lines.join('')).toContain('doctor gave no report');
  });
});
