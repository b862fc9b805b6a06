import { expect, test } from 'vitest';
import type { Defect } from './broken-client.ts';
import { withDefect } from './broken-client.ts';

/** The start is answered 500 three times: quick, and retries are there to be seen. */
const RETRIES = 'failing start';
/** Polled in peace. */
const POLLS = 'rejected token at the start';

const cases: [what: string, flow: string, rule: string, defect: Defect][] = [
  [
    'a new key on each try',
    RETRIES,
    'one-key-per-create',
    {
      file: 'mobilepay/authorized-attempt.js',
      line: 'const headers = { ...request.headers,',
      instead: `const headers = { ...request.headers,
        ...('x-mobilepay-idempotency-key' in request.headers
          ? { 'x-mobilepay-idempotency-key': crypto.randomUUID() } : {}),`,
    },
  ],
  [
    'polls after half of the delay',
    POLLS,
    'poll-timing',
    {
      file: 'engine/polling.js',
      line: 'Math.max(LEAST_POLL_MS, allowedAfterMs)',
      instead: 'Math.max(LEAST_POLL_MS, allowedAfterMs / 2)',
    },
  ],
  [
    'a retry on 409',
    'refused capture',
    'no-retry-on-4xx',
    {
      file: 'mobilepay/burst.js',
      line: "if (verdict.kind === 'refused')",
      instead: "if (verdict.kind === 'refused' && left < 2)",
    },
  ],
  [
    'a fourth try',
    RETRIES,
    'three-in-a-burst',
    {
      file: 'mobilepay/timing-rules.js',
      line: 'ATTEMPTS = 3;',
      instead: 'ATTEMPTS = 4;',
    },
  ],
  [
    'no pause between tries',
    RETRIES,
    'pause-between-retries',
    { file: 'mobilepay/burst.js', line: 'FIRST_WAIT_MS = 80;', instead: 'FIRST_WAIT_MS = 0;' },
  ],
  [
    'a third second of waiting',
    'cancelled before check-in',
    'time-limits',
    {
      file: 'mobilepay/timing-rules.js',
      line: 'POST_TIME_LIMIT_MS = 2_000;',
      instead: 'POST_TIME_LIMIT_MS = 3_000;',
    },
  ],
  [
    'a key on every call',
    RETRIES,
    'keys-on-creates-only',
    {
      file: 'mobilepay/caller.js',
      line: 'idempotencyKey: key } = spec;',
      instead: 'idempotencyKey: key = crypto.randomUUID() } = spec;',
    },
  ],
  [
    'other bytes on each try',
    RETRIES,
    'one-body-per-key',
    {
      file: 'mobilepay/http-client.js',
      line: "Buffer.from(request.body, 'utf8')",
      instead:
        "Buffer.from(request.body + (request.url.endsWith('/payments') ? ' '.repeat(performance.now() % 100) : ''), 'utf8')",
    },
  ],
  [
    'a version that is not its own',
    RETRIES,
    'version-header',
    {
      file: 'mobilepay/caller.js',
      line: "'x-mobilepay-client-system-version': options.version",
      instead: "'x-mobilepay-client-system-version': '9.9.9'",
    },
  ],
];

/** Names of the rules that the table calls broken. */
function brokenRules(table: string): string[] {
  return [...table.matchAll(/^Every request +(\S+) +FAILED /gm)].map(([, name = '']) => name);
}

test.each(cases)('certify sees %s', async (_what, flow, rule, defect) => {
  const { code, stdout } = await withDefect(defect, (dir) => [
    'certify',
    '--flow',
    flow,
    '--category',
    'Payments',
    '--report',
    dir,
  ]);
  expect({ code, broken: brokenRules(stdout) }).toEqual({ code: 1, broken: [rule] });
});

test('the same flows of the product as it is pass', async () => {
  const flows = [...new Set(cases.map(([, flow]) => flow))].flatMap((flow) => ['--flow', flow]);
  const harmless = {
    file: 'mobilepay/burst.js',
    line: 'FIRST_WAIT_MS = 80;',
    instead: 'FIRST_WAIT_MS = 81;',
  };
  const { code, stdout } = await withDefect(harmless, (dir) => [
    'certify',
    '--category',
    'Payments',
    ...flows,
    '--report',
    dir,
  ]);
  expect({ code, broken: brokenRules(stdout) }).toEqual({ code: 0, broken: [] });
});
