import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Action, Problem, TimelineEntry, WorldView } from '../../src/world/page/world-view.ts';
import type { PageServer } from '../../src/world/page-server.ts';
import { startPageServer } from '../../src/world/page-server.ts';

const pageDir = new URL('../../src/world/page/', import.meta.url);
const sharedDir = new URL('../../src/page/', import.meta.url);
const builtDir = new URL('../../dist/world/page/', import.meta.url);

const view: WorldView = {
  register: {
    connected: true,
    terminalOnline: true,
    outcome: 'ready',
    amount: null,
    orderId: null,
    reason: null,
    mayAsk: true,
    mayCancel: false,
  },
  terminal: {
    power: 'on',
    display: null,
    lights: { green: 'off', yellow: 'off', red: 'off' },
    advertising: false,
    language: 'en',
  },
  phone: { screen: 'alone', via: null, shop: 'Kasse 1', amount: null },
  trouble: { networkCut: false, apiSlow: false, brokerGone: false, plugPulled: false },
};
const entry: TimelineEntry = {
  id: 1,
  atMs: 0,
  lane: 'air',
  from: 'phone',
  to: 'terminal',
  meaning: { code: 'phone-checks-in' },
  wire: null,
  payload: null,
  tone: 'plain',
  times: 1,
};

let acted: Action[];
let problem: Problem | null;
let tellView: () => void;
let tellEntry: (entry: TimelineEntry) => void;
let server: PageServer;

beforeEach(async () => {
  acted = [];
  problem = null;
  server = await startPageServer({
    host: '127.0.0.1',
    port: 0,
    assetsDir: builtDir.pathname,
    world: {
      view: () => view,
      timeline: () => [entry],
      onView(listener) {
        tellView = listener;
        return () => {};
      },
      onEntry(listener) {
        tellEntry = listener;
        return () => {};
      },
      async act(action) {
        acted.push(action);
        return problem;
      },
    },
  });
});
afterEach(() => server.close());

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}action`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** fetch sets Host itself, so a request with another one is made by hand. */
function statusFor(path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(new URL(path, server.url), { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('the page and all it needs are served with their types', async () => {
  for (const [path, type] of [
    ['', 'text/html'],
    ['page/style.css', 'text/css'],
    ['page/display.css', 'text/css'],
    ['page/element.js', 'text/javascript'],
    ['counter.css', 'text/css'],
    ['below.css', 'text/css'],
    ['app.js', 'text/javascript'],
    ['icon.svg', 'image/svg+xml'],
  ]) {
    const answer = await fetch(server.url + path);
    expect([path, answer.status]).toEqual([path, 200]);
    expect(answer.headers.get('content-type')).toContain(type);
  }
});

test('nothing but files of the page is served', async () => {
  for (const path of ['missing.js', 'tsconfig.json', '.tsbuildinfo', '..%2fworld.js', 'a%00.js']) {
    const answer = await fetch(server.url + path);
    expect([path, answer.status]).toEqual([path, 404]);
  }
});

test('the page may load and run nothing from elsewhere, and nobody may frame it', async () => {
  const policy = (await fetch(server.url)).headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test('no source of the page names another address', async () => {
  for (const dir of [pageDir, sharedDir]) {
    for (const name of await readdir(dir)) {
      const text = await readFile(new URL(name, dir), 'utf8');
      const addresses = text.replaceAll('http://www.w3.org/2000/svg', '').match(/https?:\/\/\S+/g);
      expect([name, addresses]).toEqual([name, null]);
    }
  }
});

test('a QR code is drawn from its text, and from no text that is too long', async () => {
  const answer = await fetch(`${server.url}qr?text=${encodeURIComponent('mobilepaypos://pos')}`);
  expect(answer.headers.get('content-type')).toContain('image/svg+xml');
  expect(await answer.text()).toMatch(/^<svg /);
  expect((await fetch(`${server.url}qr?text=${'x'.repeat(513)}`)).status).toBe(400);
  expect((await fetch(`${server.url}qr`)).status).toBe(400);
});

test('a reader is told how the world stands, what was said, and then each change', async () => {
  const answer = await fetch(`${server.url}events`);
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const read = eventsOf(answer);
  expect(await read()).toEqual({ event: 'view', data: view });
  expect(await read()).toEqual({ event: 'timeline', data: [entry] });
  tellEntry({ ...entry, id: 2 });
  expect(await read()).toEqual({ event: 'entry', data: { ...entry, id: 2 } });
  tellView();
  expect(await read()).toEqual({ event: 'view', data: view });
});

test('closing ends the readers too', async () => {
  const answer = await fetch(`${server.url}events`);
  await server.close();
  await expect(answer.text()).resolves.toContain('event: view');
});

test('an action reaches the world; one that is not possible now is a conflict', async () => {
  expect((await post({ do: 'ask', amount: '12.50' })).status).toBe(204);
  expect(acted).toEqual([{ do: 'ask', amount: '12.50' }]);
  problem = 'not-now';
  const refused = await post({ do: 'accept' });
  expect([refused.status, await refused.json()]).toEqual([409, { problem: 'not-now' }]);
});

test('what is no action is refused and reaches nobody', async () => {
  const bad = [
    { do: 'explode' },
    { do: 'ask' },
    { do: 'ask', amount: 12.5 },
    { do: 'cancel', extra: 1 },
    { do: 'press', button: 'pay' },
    { do: 'trouble', trouble: 'fire', on: true },
    '{"do":',
    null,
    [],
  ];
  for (const body of bad) expect([body, (await post(body)).status]).toEqual([body, 400]);
  expect((await post({ do: 'ask', amount: '1'.repeat(5000) })).status).toBe(413);
  expect(acted).toEqual([]);
});

test('a page of another origin may not act', async () => {
  expect((await post({ do: 'cancel' }, { origin: 'https://elsewhere.example' })).status).toBe(403);
  expect((await post({ do: 'cancel' }, { origin: 'null' })).status).toBe(403);
  // What a form can send without asking first is not taken at all.
  expect((await post('{"do":"cancel"}', { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post({ do: 'cancel' }, { origin: server.url.slice(0, -1) })).status).toBe(204);
  expect(acted).toHaveLength(1);
});

test('a name that anybody could point at this machine is not served', async () => {
  const { port } = new URL(server.url);
  for (const host of [`elsewhere.example:${port}`, 'localhost.elsewhere.example', 'a b']) {
    expect([host, await statusFor('/events', { host })]).toEqual([host, 421]);
  }
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, '192.168.1.9']) {
    expect([host, await statusFor('/', { host })]).toEqual([host, 200]);
  }
});

function eventsOf(answer: Response): () => Promise<{ event: string; data: unknown }> {
  if (answer.body === null) throw new Error('no body');
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return async () => {
    while (!text.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) throw new Error('the stream has ended');
      text += value;
    }
    const end = text.indexOf('\n\n');
    const found = /^event: (.+)\ndata: (.+)$/.exec(text.slice(0, end));
    text = text.slice(end + 2);
    return { event: found?.[1] ?? '', data: JSON.parse(found?.[2] ?? 'null') };
  };
}
