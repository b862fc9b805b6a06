import type { CaseResult } from './play-flow.ts';
import type {
  Report,
  ReportedCategory,
  ReportedFlow,
  ReportedRequest,
  ReportedRule,
} from './report.ts';

const verdictWords: Record<CaseResult['verdict'], string> = {
  passed: '✓ passed',
  failed: '✗ failed',
  'not-run': '– not run',
};

/** One page that carries everything with it: to be read, printed, and handed in. */
export function reportPage(report: Report): string {
  const { software, against, startedAt, durationSeconds, passed } = report;
  const title = `Self-certification of ${software.name} ${software.version}`;
  const facts: [string, string][] = [
    ['Software', `${software.name} ${software.version}`],
    ['API', 'MobilePay PoS V10'],
    ['Against', against],
    ['VAT number', report.merchantVat],
    ['Client id', report.clientId],
    ['Date', `${startedAt.slice(0, 10)}, ${startedAt.slice(11, 16)} UTC`],
    ['Took', `${durationSeconds} s`],
    ['Scope', report.complete ? 'all flows of all categories' : 'some flows only'],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p class="outcome ${passed ? 'passed' : 'failed'}">${outcomeWords(report)}</p>
<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>
</header>
<main>
${overview(report)}
${report.categories.map(categorySection).join('\n')}
${rulesSection(report.rules)}
</main>
</body>
</html>
`;
}

/** What was played in part has not been certified. */
function outcomeWords({ passed, complete }: Report): string {
  if (!passed) return '✗ Not passed';
  return complete ? '✓ Passed' : '✓ Passed, in part';
}

function overview({ categories, rules }: Report): string {
  const rows = categories.map(({ name, cases, passed }) => {
    const all = cases.passed + cases.failed + cases.notRun;
    return row([
      `<a href="#${idOf(name)}">${escapeHtml(name)}</a>`,
      `${cases.passed} of ${all} cases`,
      mark(passed ? 'passed' : 'failed'),
    ]);
  });
  const kept = rules.filter(({ verdict }) => verdict === 'passed').length;
  const broken = rules.some(({ verdict }) => verdict === 'failed');
  rows.push(
    row([
      '<a href="#rules">Every request</a>',
      `${kept} of ${rules.length} rules kept`,
      mark(broken ? 'failed' : 'passed'),
    ]),
  );
  return table(['Category', 'Shown', 'Verdict'], rows);
}

function categorySection({ name, flows }: ReportedCategory): string {
  return `<section id="${idOf(name)}">
<h2>${escapeHtml(name)}</h2>
${flows.map(flowPart).join('\n')}
</section>`;
}

function flowPart({ name, cases, requests }: ReportedFlow): string {
  const rows = cases.map((one) =>
    row([
      escapeHtml(one.title),
      mark(one.verdict),
      escapeHtml(one.evidence),
      escapeHtml(one.requests.join(', ')),
    ]),
  );
  return `<article>
<h3>${escapeHtml(name)}</h3>
${table(['Case', 'Verdict', 'Evidence', 'Requests'], rows)}
<details>
<summary>All ${requests.length} requests of this flow</summary>
${table(['No.', 'After', 'Request', 'What the run did', 'End'], requests.map(requestRow))}
</details>
</article>`;
}

function requestRow(request: ReportedRequest): string {
  const headers = request.headers.map(([name, value]) => `${name}: ${value}`).join('\n');
  const text = [`${request.method} ${request.path}`, headers, request.body]
    .filter((part) => part !== '')
    .join('\n');
  return row([
    String(request.id),
    `<span>${(request.atMs / 1000).toFixed(3)} s</span>`,
    `<pre>${escapeHtml(text)}</pre>`,
    escapeHtml(request.disturbance || 'handed on'),
    escapeHtml(request.end),
  ]);
}

function rulesSection(rules: readonly ReportedRule[]): string {
  const rows = rules.map(({ name, title, verdict, checked, misses }) =>
    row([
      `${escapeHtml(title)}<br><code>${escapeHtml(name)}</code>`,
      mark(verdict),
      misses.length === 0
        ? `${checked} requests`
        : misses
            .map(({ category, flow, request, why }) =>
              escapeHtml(`${category}, ${flow}, request ${request}: ${why}`),
            )
            .join('<br>'),
    ]),
  );
  return `<section id="rules">
<h2>Every request</h2>
<p>What each request of every flow is held to, whatever was done to it.</p>
${table(['Rule', 'Verdict', 'Evidence'], rows)}
</section>`;
}

function mark(verdict: CaseResult['verdict']): string {
  return `<span class="${verdict}">${verdictWords[verdict]}</span>`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  const cells = head.map((name) => `<th scope="col">${name}</th>`).join('');
  const body = `<thead><tr>${cells}</tr></thead><tbody>${rows.join('\n')}</tbody>`;
  return `<div class="scroll"><table>${body}</table></div>`;
}

function idOf(category: string): string {
  return category.toLowerCase().replaceAll(' ', '-');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: #8885; --good: #0a7a3d; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --good: #5fd08f; --bad: #ff8a80; } }
body { max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.4rem; margin: 3rem 0 .5rem; padding-top: 1rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .25rem; }
.outcome { font-size: 1.5rem; font-weight: 700; margin: 0 0 1rem; }
.passed { color: var(--good); } .failed, .not-run { color: var(--bad); font-weight: 700; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .5rem 2rem; margin: 0 0 2rem; }
dt { font-size: .85rem; opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-size: .85rem; font-weight: 600; opacity: .75; }
td, th { padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:last-child, th:last-child { padding-right: 0; }
td span { white-space: nowrap; }
td:first-child::first-letter, h3::first-letter { text-transform: uppercase; }
.scroll { overflow-x: auto; }
pre { margin: 0; min-width: 22rem; font: .8rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
a { color: inherit; }
summary { cursor: pointer; margin: .5rem 0; font-size: .9rem; }
@media print { body { max-width: none; padding: 0; } h2 { break-before: page; } tr { break-inside: avoid; } }
`;
