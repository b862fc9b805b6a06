import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';

// npm is a big program.
vi.setConfig({ testTimeout: 60_000 });

/** What scripts/audit.mjs says of a registry that answers so. */
async function audited(answer: RequestListener) {
  const registry = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => void registry.close());
  await once(registry, 'listening');
  const { port } = registry.address() as AddressInfo;
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    npm_config_registry: `http://127.0.0.1:${port}/`,
    npm_config_fetch_retries: '0',
  };
  const child = spawn(process.execPath, ['scripts/audit.mjs'], { env });
  const said = text(child.stdout);
  const [code] = await once(child, 'close');
  return { code: code as number | null, said: await said };
}

it('an audit fails for a vulnerability that the registry knows of a package that is delivered', async () => {
  const { code, said } = await audited((request, response) => {
    response.setHeader('content-type', 'application/json');
    const asked = request.url?.endsWith('/advisories/bulk');
    if (!asked) response.statusCode = 404;
    const advisory = {
      id: 1,
      url: 'https://example.org/1',
      title: 'Everybody may pay',
      severity: 'high',
      vulnerable_versions: '*',
    };
    response.end(JSON.stringify(asked ? { mqtt: [advisory] } : {}));
  });
  expect(said).toMatch(/^high: mqtt: Everybody may pay$/m);
  expect(said).toMatch(/^FAILED .*: 1 of \d{3} packages with known vulnerabilities$/m);
  expect(code).toBe(1);
});

it('an audit is passed where the registry knows none', async () => {
  const { code, said } = await audited((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{}');
  });
  expect(said).toMatch(/^ok .*: 0 of \d{3} packages/);
  expect(code).toBe(0);
});

it('an audit that the registry does not offer says that it was skipped, and why', async () => {
  const { code, said } = await audited((_request, response) => {
    response.writeHead(405).end();
  });
  expect(said).toMatch(/^SKIPPED .*405 Method Not Allowed/);
  expect(code).toBe(0);
});

it('the audit is a step of CI', () => {
  expect(readFileSync('.ci/run', 'utf8')).toMatch(/^node scripts\/audit\.mjs$/m);
});
