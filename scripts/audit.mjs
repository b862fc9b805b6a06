#!/usr/bin/env node
// Known vulnerabilities of the packages that are delivered, as the registry of npm knows them: exit code 1 when
// there are any. A registry that cannot be asked (no network, a mirror without this service) is no proof of
// anything: that is said as SKIPPED, with its answer, and is exit code 0.
import { spawnSync } from 'node:child_process';

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
if (error) throw error;
const report = JSON.parse(stdout);
if (report.auditReportVersion === undefined) {
  const why = report.message ?? report.error?.summary ?? 'no answer';
  process.stdout.write(`SKIPPED  npm audit of what is delivered: ${why}\n`);
} else {
  const found = Object.values(report.vulnerabilities);
  for (const { name, severity, via } of found) {
    const titles = via.map((each) => each.title ?? `through ${each}`);
    process.stdout.write(`${severity}: ${name}: ${titles.join('; ')}\n`);
  }
  const { prod } = report.metadata.dependencies;
  process.stdout.write(
    `${found.length === 0 ? 'ok    ' : 'FAILED'}  npm audit of what is delivered: ${found.length} of ${prod} packages with known vulnerabilities\n`,
  );
  process.exitCode = found.length === 0 ? 0 : 1;
}
