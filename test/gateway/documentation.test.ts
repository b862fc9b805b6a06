import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkConfig } from '../../src/config/load.ts';
import { createGatewayMetrics, outcomes } from '../../src/gateway/metrics.ts';
import { NOTIFICATION_PATH } from '../../src/gateway/notification-route.ts';

const page = readFileSync('docs/gateway.md', 'utf8');

test('docs/gateway.md shows a config that is right', () => {
  const [, indented = ''] = /```yaml\n([^`]*)```/.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'beacon-gateway-docs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config.yaml');
  writeFileSync(file, indented.replaceAll(/^ {3}/gm, ''));
  expect(checkConfig(file, {})).toBe('gateway');
});

test('it names the path, every outcome, and the metrics that there are', async () => {
  const metrics = createGatewayMetrics({
    brokerConnected: () => true,
    knownTerminals: () => 1,
    certificateExpiry: () => new Date(),
  });
  const names = [...(await metrics.registry.metrics()).matchAll(/^# TYPE (\w+)/gm)].map(
    ([, name]) => name,
  );
  const named = [...page.matchAll(/^\| `(beacon_gateway_\w+)/gm)].map(([, name]) => name);
  expect(named.toSorted()).toEqual(names.toSorted());
  for (const outcome of outcomes) expect(page).toContain(`| \`${outcome}\` |`);
  for (const [address] of page.matchAll(/\/mobilepay\/\S+?notification/g)) {
    expect(address).toBe(NOTIFICATION_PATH);
  }
});
