import type { Flow } from './flow.ts';
import type { Verdict } from './planned-call.ts';
import type { FlowResult } from './play-flow.ts';
import type { Report, ReportedRule } from './report.ts';

const verdictWords: Record<Verdict['verdict'], string> = {
  passed: 'passed',
  failed: 'FAILED',
  'not-run': 'NOT RUN',
};

const RULES = 'Every request';

/** One line per case: category, case, verdict, evidence. */
export function createResultTable(flows: readonly Flow[]) {
  const categoryWidth = longest([RULES, ...flows.map(({ category }) => category)]);
  const caseWidth = longest(
    flows.flatMap(({ name, cases }) => cases.map(({ title }) => caseName(name, title))),
  );

  function line(category: string, name: string, verdict: Verdict['verdict'], evidence: string) {
    const word = verdictWords[verdict].padEnd(7);
    return `${category.padEnd(categoryWidth)}  ${name.padEnd(caseWidth)}  ${word}  ${evidence}\n`;
  }

  return {
    flow: ({ category, name, cases }: FlowResult): string =>
      cases
        .map((one) => line(category, caseName(name, one.title), one.verdict, one.evidence))
        .join(''),
    rules: (rules: readonly ReportedRule[]): string =>
      rules.map((rule) => line(RULES, rule.name, rule.verdict, ruleEvidence(rule))).join(''),
    summary(report: Report): string {
      const lines = report.categories.map(({ name, cases, passed }) => {
        const all = cases.passed + cases.failed + cases.notRun;
        const word = passed ? 'passed' : 'FAILED';
        return `${name.padEnd(categoryWidth)}  ${cases.passed} of ${all} cases  ${word}`;
      });
      const kept = report.rules.filter(({ verdict }) => verdict === 'passed').length;
      lines.push(`${RULES.padEnd(categoryWidth)}  ${kept} of ${report.rules.length} rules kept`);
      const verdict = report.passed ? 'PASSED' : 'FAILED';
      const scope = report.complete ? '' : ' (some flows only)';
      return `\n${lines.join('\n')}\n\n${verdict}${scope} in ${report.durationSeconds} s, against ${report.against}\n`;
    },
  };
}

function caseName(flow: string, title: string): string {
  return `${flow}: ${title}`;
}

function ruleEvidence({ title, checked, misses }: ReportedRule): string {
  const [first] = misses;
  if (first !== undefined) {
    const more = misses.length === 1 ? '' : `, and ${misses.length - 1} more`;
    return `${first.category}, ${first.flow}, request ${first.request}: ${first.why}${more}`;
  }
  return checked === 0 ? 'nothing of the kind was sent' : `${title} (${checked} requests)`;
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length));
}
