import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TerminalActs } from '../../src/console/act-route.ts';
import type { ConsoleView } from '../../src/console/page/console-view.ts';
import { faultCodes } from '../../src/contract/faults.ts';
import { locales } from '../../src/contract/locale.ts';
import { lightPatterns } from '../../src/panel/light-patterns.ts';
import { sceneOf } from '../../src/panel/scenes.ts';
import { sampleSnapshot } from '../backend/samples.ts';
import { call } from '../gateway/harness.ts';
import { viewOf } from '../panel/view.ts';
import { type ConsoleUnderTest, consoleUnderTest } from './harness.ts';

const pages = ['/', '/console.css', '/icon.svg', '/page/style.css'];

async function tokenOf(console: ConsoleUnderTest): Promise<string> {
  return readFileSync(join(console.folder, 'console-token'), 'utf8').trim();
}

function act(console: ConsoleUnderTest, body: unknown, headers: Record<string, string> = {}) {
  const all = { 'content-type': 'application/json', ...headers };
  return call(`${console.url}/act`, { method: 'POST', headers: all }, JSON.stringify(body));
}

/** What the page is told first. */
async function shown(console: ConsoleUnderTest): Promise<ConsoleView> {
  const answer = await fetch(`${console.url}/events`);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('\n\n')) text += (await reader?.read())?.value ?? '';
  await reader?.cancel();
  const [first = ''] = text.split('\n\n');
  return JSON.parse(first.replace(/^event: view\ndata: /, '')) as ConsoleView;
}

function acting() {
  const done: unknown[] = [];
  let busy = false;
  const acts: TerminalActs = {
    identify: (seconds) => void done.push(['identify', seconds]),
    restart() {
      if (!busy) done.push(['restart']);
      return !busy;
    },
    setLogLevel: (level) => void done.push(['log-level', level]),
  };
  return { acts, done, setBusy: (now: boolean) => (busy = now) };
}

test('every answer of the page forbids scripts of others, frames, guessing types, and keeping it', async () => {
  const console = await consoleUnderTest();
  for (const path of [...pages, '/qr?text=x', '/nothing']) {
    const { headers } = await console.get(path);
    expect([path, headers['content-security-policy']]).toEqual([
      path,
      expect.stringMatching(/^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/),
    ]);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
  }
});

test('the page has no script, style or handler in its markup', async () => {
  const { text } = await (await consoleUnderTest()).get('/');
  expect(text).toMatch(/<script type="module" src="app.js"><\/script>/);
  expect(text.match(/<script/g)).toHaveLength(1);
  expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
});

test('a name that anybody could point at this machine sees health and metrics, and no page', async () => {
  const console = await consoleUnderTest();
  const host = 'rebound.example:8080';
  for (const path of [...pages, '/events', '/qr?text=x']) {
    expect([path, (await console.get(path, { host })).status]).toEqual([path, 421]);
  }
  expect((await act(console, { do: 'identify' }, { host })).status).toBe(421);
  expect((await console.get('/metrics', { host })).status).toBe(200);
  expect((await console.get('/', { host: 'localhost:8080' })).status).toBe(200);
});

test('without the token nothing is done; with it, what there is to do', async () => {
  const { acts, done, setBusy } = acting();
  const console = await consoleUnderTest({ acts });
  const authorization = `Bearer ${await tokenOf(console)}`;
  for (const headers of [
    {},
    { authorization: 'Bearer' },
    { authorization: `Bearer ${'0'.repeat(32)}` },
    { authorization: authorization.replace('Bearer', 'Basic') },
    { authorization: authorization.slice(0, -1) },
  ]) {
    const refused = await act(console, { do: 'restart' }, headers as Record<string, string>);
    expect([refused.status, refused.json]).toEqual([401, { problem: 'token' }]);
  }
  expect(done).toEqual([]);
  const allowed = async (body: unknown) => (await act(console, body, { authorization })).status;
  expect(await allowed({ do: 'unlock' })).toBe(204);
  expect(await allowed({ do: 'identify' })).toBe(204);
  expect(await allowed({ do: 'log-level', level: 'debug' })).toBe(204);
  expect(await allowed({ do: 'restart' })).toBe(204);
  setBusy(true);
  expect(await allowed({ do: 'restart' })).toBe(409);
  for (const body of [
    { do: 'pay' },
    { do: 'log-level', level: 'trace' },
    { do: 'restart', now: 1 },
    null,
    [],
  ]) {
    expect([body, await allowed(body)]).toEqual([body, 400]);
  }
  expect(done).toEqual([['identify', 15], ['log-level', 'debug'], ['restart']]);
});

test('another page may not act, even with the token', async () => {
  const { acts, done } = acting();
  const console = await consoleUnderTest({ acts });
  const authorization = `Bearer ${await tokenOf(console)}`;
  const from = (origin: string) => act(console, { do: 'identify' }, { authorization, origin });
  expect((await from('https://elsewhere.example')).status).toBe(403);
  expect((await from('null')).status).toBe(403);
  expect(done).toEqual([]);
  expect((await from(console.url)).status).toBe(204);
  // What a form can send without asking first.
  const form = { authorization, 'content-type': 'text/plain' };
  expect((await act(console, { do: 'identify' }, form)).status).toBe(415);
  expect(done).toHaveLength(1);
});

test('the token is worth nothing from another address', async () => {
  const { acts, done } = acting();
  const console = await consoleUnderTest({ host: '0.0.0.0', acts });
  const authorization = `Bearer ${await tokenOf(console)}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const { port } = new URL(console.url);
  const sendTo = (address: string) =>
    call(
      `http://${address}:${port}/act`,
      { method: 'POST', headers, localAddress: '127.0.0.1' },
      '{"do":"identify"}',
    );
  const refused = await sendTo('127.0.0.2');
  expect([refused.status, refused.json]).toEqual([403, { problem: 'not-local' }]);
  expect(done).toEqual([]);
  expect((await sendTo('127.0.0.1')).status).toBe(204);
});

test('the token is made once, is 128 bits, and is for its owner alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'console-token');
  const journalPath = join(folder, 'journal.db');
  const started = async () => tokenOf(await consoleUnderTest({ journalPath }));
  const token = await started();
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await started()).toBe(token);
  // Others could have read this one.
  rmSync(file);
  writeFileSync(file, `${token}\n`, { mode: 0o644 });
  expect(await started()).not.toBe(token);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // There is no place for one: the page can be read.
  rmSync(file);
  mkdirSync(file);
  const readOnly = await consoleUnderTest({ journalPath });
  expect((await readOnly.get('/')).status).toBe(200);
  expect(
    (await act(readOnly, { do: 'identify' }, { authorization: `Bearer ${token}` })).status,
  ).toBe(401);
});

test('what is shown is the terminal as it stands, and nothing of the customer', async () => {
  const console = await consoleUnderTest();
  const customer = { customerToken: 'planted-token', loyaltyIds: ['planted-loyalty'] };
  const view = viewOf({ phase: 'paying', faults: ['gpio-missing'] });
  console.onlooker.see({ of: 'view', view });
  console.onlooker.see({ of: 'scene', ...sceneOf(view, 'da', null) });
  const since = '2026-01-02T03:04:05.000Z';
  console.onlooker.see({
    of: 'commit',
    seconds: 0,
    told: [
      {
        name: 'payment',
        payload: sampleSnapshot({ orderId: 'A1', outcome: 'approved', ...customer }),
      },
      ...(['late-approval', 'gpio-missing'] as const).map((code) => ({
        name: 'fault' as const,
        payload: { code, message: '', since, cleared: false, bootId: 'b', seq: 1, at: since },
      })),
    ],
  });
  await new Promise((resolve) => setImmediate(resolve));
  const told = await shown(console);
  expect(told).toMatchObject({
    terminalId: 'till-1',
    standing: 'paying',
    panel: { display: { scene: expect.any(String) }, lamps: expect.any(Object) },
    payments: [{ orderId: 'A1', outcome: 'approved' }],
    faults: [
      { code: 'gpio-missing', since, lasts: true },
      { code: 'late-approval', since, lasts: false },
    ],
  });
  expect(JSON.stringify(told)).not.toContain('planted');
});

test('the standing is what a customer would meet', async () => {
  const console = await consoleUnderTest();
  expect((await shown(console)).standing).toBe('starting');
  const payment = {
    orderId: 'A1',
    amount: null,
    reason: null,
    atCustomer: false,
    awaitsAmount: false,
    refusal: null,
  };
  for (const [changes, standing] of [
    [{}, 'ready'],
    [{ phase: 'paying', apiReachable: false }, 'paying'],
    [{ phase: 'paying', payment: { ...payment, outcome: 'unknown' } }, 'unknown'],
    [{ phase: 'approved', mqttConnected: false }, 'no-broker'],
    [{ apiReachable: false }, 'no-mobilepay'],
    [{ phase: 'out-of-order', mqttConnected: false }, 'out-of-order'],
  ] as const) {
    console.onlooker.see({ of: 'view', view: viewOf(changes) });
    await new Promise((resolve) => setImmediate(resolve));
    expect([changes, (await shown(console)).standing]).toEqual([changes, standing]);
  }
});

test('every fault has a name and a remedy in every language', async () => {
  const console = await consoleUnderTest();
  console.onlooker.see({ of: 'view', view: viewOf({ faults: [...faultCodes] }) });
  await new Promise((resolve) => setImmediate(resolve));
  const { faults } = await shown(console);
  expect(faults).toHaveLength(faultCodes.length);
  for (const locale of locales) {
    const titles = faults.map(({ title }) => title[locale]);
    expect(new Set(titles).size).toBe(faults.length);
    for (const { remedy } of faults) expect(remedy[locale]).toMatch(/\S.*/);
  }
});

test('only the code on the display is drawn, and only so many may look at once', async () => {
  const console = await consoleUnderTest();
  const qr = 'mobilepaypos://pos?id=1';
  const display = { scene: 'idle', title: '', detail: '', amount: null, qr, lines: null };
  console.onlooker.see({ of: 'scene', display, lights: lightPatterns.idle });
  await new Promise((resolve) => setImmediate(resolve));
  const draw = async (text: string) =>
    (await console.get(`/qr?text=${encodeURIComponent(text)}`)).status;
  expect([await draw(qr), await draw('https://elsewhere.example')]).toEqual([200, 404]);
  const readers = await Promise.all(
    Array.from({ length: 17 }, async () => {
      const gone = new AbortController();
      const { status } = await fetch(`${console.url}/events`, { signal: gone.signal });
      return { status, gone };
    }),
  );
  expect(readers.filter(({ status }) => status === 503)).toHaveLength(1);
  for (const { gone } of readers) gone.abort();
});
