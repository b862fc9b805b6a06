import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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

/** What Prometheus scrapes of one terminal, a value a minute, in promtool's words for series. */
const well: Record<string, string> = {
  'up{job="beacon-terminal"}': '1x150',
  beacon_ready: '1x150',
  beacon_mqtt_connected: '1x150',
  'process_start_time_seconds{job="beacon-terminal"}': '1000x150',
  'process_resident_memory_bytes{job="beacon-terminal"}': '1.2e8x150',
  ...Object.fromEntries(
    faultCodes.flatMap((code) => [
      [`beacon_fault{code="${code}"}`, '0x150'],
      [`beacon_faults_total{code="${code}"}`, '0x150'],
    ]),
  ),
  beacon_mqtt_reconnects_total: '0x150',
  beacon_broker_certificate_expiry_timestamp_seconds: '3e6x150',
  beacon_radio_restarts_total: '0x150',
  beacon_outbox_oldest_seconds: '0x150',
  'beacon_payments_total{outcome="approved"}': '0+1x150',
  'beacon_payments_total{outcome="unknown"}': '0x150',
  'beacon_api_errors_total{operation="GET /payments",code="no-answer"}': '0x150',
  'beacon_api_errors_total{operation="POST /payments",code="1301"}': '0+2x150',
  'beacon_api_errors_total{operation="POST /payments",code="1367"}': '0x150',
  'beacon_api_request_duration_seconds_count{operation="GET /payments"}': '0+20x150',
  'beacon_journal_commit_duration_seconds_bucket{le="0.25"}': '0+10x150',
  'beacon_journal_commit_duration_seconds_bucket{le="1"}': '0+10x150',
  'beacon_journal_commit_duration_seconds_bucket{le="+Inf"}': '0+10x150',
  'beacon_event_loop_delay_seconds{quantile="0.99"}': '0.01x150',
};

/** For each alert, what of the above is otherwise when it is to be heard. */
const ill: Record<string, Record<string, string>> = {
  BeaconTerminalDown: { 'up{job="beacon-terminal"}': '0x150' },
  BeaconTerminalTakesNoPayments: { beacon_ready: '0x150' },
  BeaconTerminalMoney: { 'beacon_fault{code="refund-overdue"}': '1x150' },
  BeaconTerminalMoneyLost: { 'beacon_faults_total{code="money-lost"}': '0x100 1x50' },
  BeaconTerminalPosNotAlone: { 'beacon_faults_total{code="pos-shared"}': '0x100 1x50' },
  BeaconTerminalCertificate: { beacon_broker_certificate_expiry_timestamp_seconds: '2e6x150' },
  BeaconTerminalJournal: { 'beacon_fault{code="disk-full"}': '1x150' },
  BeaconTerminalFault: { 'beacon_fault{code="adapter-missing"}': '1x150' },
  BeaconTerminalRestarts: {
    'process_start_time_seconds{job="beacon-terminal"}': '1000+600x150',
  },
  BeaconTerminalBrokerUnsteady: { beacon_mqtt_reconnects_total: '0+1x150' },
  BeaconTerminalOutboxWaits: { beacon_outbox_oldest_seconds: '0+60x150' },
  BeaconTerminalMobilePayRefuses: {
    'beacon_api_errors_total{operation="POST /payments",code="1367"}': '0+1x150',
  },
  BeaconTerminalMobilePaySlow: {
    'beacon_api_errors_total{operation="GET /payments",code="no-answer"}': '0+3x150',
  },
  BeaconTerminalUnknownOutcomes: { 'beacon_payments_total{outcome="unknown"}': '0+0.1x150' },
  BeaconTerminalSlowDisk: {
    'beacon_journal_commit_duration_seconds_bucket{le="0.25"}': '0+9x150',
  },
  BeaconTerminalRadioRestarts: { beacon_radio_restarts_total: '0+0.2x150' },
  BeaconTerminalEventLoopLate: { 'beacon_event_loop_delay_seconds{quantile="0.99"}': '0.8x150' },
  BeaconTerminalMemoryGrows: {
    'process_resident_memory_bytes{job="beacon-terminal"}': '2.6e8x150',
  },
};

test.skipIf(!promtoolAvailable && !process.env['CI'])(
  'each alert is heard when it should be, and none of the others (needs prometheus)',
  () => {
    const names = (parse(alerts) as Rules).groups.flatMap(({ rules }) =>
      rules.map(({ alert }) => alert),
    );
    expect(names.toSorted()).toEqual(Object.keys(ill).toSorted());
    const tests = [['none', {}] as const, ...Object.entries(ill)].map(([alert, otherwise]) => {
      for (const series of Object.keys(otherwise)) expect(well).toHaveProperty([series]);
      const series = Object.entries({ ...well, ...otherwise });
      const heard = `count by (alertname) (ALERTS{alertstate="firing"})`;
      const labels = `{alertname="${alert}"}`;
      return {
        name: alert,
        interval: '1m',
        input_series: series.map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          {
            expr: heard,
            eval_time: '140m',
            exp_samples: alert === 'none' ? [] : [{ labels, value: 1 }],
          },
        ],
      };
    });
    const folder = mkdtempSync(join(tmpdir(), 'beacon-alerts-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'tests.yaml');
    writeFileSync(
      file,
      stringify({ rule_files: [resolve(alertsFile)], evaluation_interval: '5m', tests }),
    );
    const tested = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    expect([tested.stdout + tested.stderr, tested.status]).toEqual([
      expect.stringContaining('SUCCESS'),
      0,
    ]);
  },
  60_000,
);
