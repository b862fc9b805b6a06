import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { faultCodes } from '../../src/contract/faults.ts';
import { consoleUnderTest } from '../console/harness.ts';

const alertsFile = 'docs/monitoring/alerts.yaml';
const alerts = readFileSync(alertsFile, 'utf8');
const dashboard = readFileSync('docs/monitoring/dashboard.json', 'utf8');
const promtoolAvailable = spawnSync('promtool', ['--version']).error === undefined;

interface Rules {
  groups: { rules: { alert: string; expr: string }[] }[];
}
interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

function expressions(): string[] {
  const rules = (parse(alerts) as Rules).groups.flatMap((group) => group.rules);
  const { panels } = JSON.parse(dashboard) as Dashboard;
  const shown = panels.flatMap((panel) => panel.targets);
  return [...rules, ...shown].map(({ expr }) => expr);
}

test('the alert rules and the dashboard ask for metrics that there are, and for all of them', async () => {
  const { get } = await consoleUnderTest();
  const { text } = await get('/metrics');
  const known = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name ?? '');
  const asked = expressions()
    .flatMap((expr) => expr.match(/\b(beacon|process)_\w+/g) ?? [])
    .map((name) => name.replace(/_(bucket|sum|count)$/, ''));
  expect([...new Set(asked)].toSorted()).toEqual(known.toSorted());
});

test('the alert rules name faults that there are', () => {
  const named = [...alerts.matchAll(/code[!=]~"([a-z|-]+)"/g)].flatMap(([, codes = '']) =>
    codes.split('|'),
  );
  expect(named.length).toBeGreaterThan(5);
  for (const code of named) expect(faultCodes).toContain(code);
});

test('a chart lies beside the others, not on them', () => {
  interface Place {
    gridPos: { x: number; y: number; w: number; h: number };
  }
  const taken = new Set<string>();
  for (const { gridPos } of (JSON.parse(dashboard) as { panels: Place[] }).panels) {
    const { x, y, w, h } = gridPos;
    for (let column = x; column < x + w; column += 1) {
      for (let row = y; row < y + h; row += 1) {
        expect(taken).not.toContain(`${column},${row}`);
        taken.add(`${column},${row}`);
      }
    }
  }
});

test.skipIf(!promtoolAvailable && !process.env['CI'])(
  'promtool accepts the alert rules and every query of the dashboard (needs prometheus)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-rules-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const rules = expressions().map((expr, index) => ({
      record: `dashboard:query_${index}`,
      expr: expr.replaceAll('$terminal', '.+'),
    }));
    const queries = join(folder, 'queries.yaml');
    writeFileSync(queries, stringify({ groups: [{ name: 'dashboard', rules }] }));
    const checked = spawnSync('promtool', ['check', 'rules', alertsFile, queries], {
      encoding: 'utf8',
    });
    expect([checked.stderr, checked.status]).toEqual(['', 0]);
    expect(checked.stdout.match(/SUCCESS/g)).toHaveLength(2);
  },
);
