import { styleText } from 'node:util';
import type { CheckVerdict, DoctorReport } from '../../contract/doctor-report.ts';
import { checkNames } from './check-names.ts';

const words: Record<CheckVerdict, string> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  skipped: 'skipped',
};
const colours = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' } as const;

const WORD_WIDTH = 7;
const NAME_WIDTH = Math.max(...checkNames.map(({ length }) => length));
const INDENT = ' '.repeat(WORD_WIDTH + 2);

/** A line for each check, and below those that are not well what to do. */
export function reportText(report: DoctorReport, coloured: boolean): string {
  const { software, terminalId, at, checks, durationMs } = report;
  const paint = (verdict: CheckVerdict, text: string) =>
    coloured ? styleText(colours[verdict], text, { validateStream: false }) : text;
  const about = [`${software.name} ${software.version}`, terminalId, at].filter(
    (part) => part !== null,
  );
  const lines = checks.flatMap(({ name, verdict, evidence, remedy }) => {
    const word = paint(verdict, words[verdict].padEnd(WORD_WIDTH));
    const line = `${word}  ${name.padEnd(NAME_WIDTH)}  ${oneLine(evidence)}`;
    return remedy === null ? [line] : [line, `${INDENT}> ${oneLine(remedy)}`];
  });
  const counts = (['failed', 'warning', 'ok', 'skipped'] as const).map((verdict) => {
    const count = checks.filter((check) => check.verdict === verdict).length;
    return `${count} ${verdict === 'warning' && count !== 1 ? 'warnings' : verdict}`;
  });
  const seconds = (durationMs / 1000).toFixed(1);
  return `${about.join(' · ')}\n\n${lines.join('\n')}\n\n${counts.join(', ')}, in ${seconds} s\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' · ');
}
