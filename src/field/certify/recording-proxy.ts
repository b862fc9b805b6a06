import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Operation } from './operations.ts';
import { operationOf } from './operations.ts';
import { createRecorder } from './recorder.ts';
import type { SentRequest, Step } from './sent-request.ts';
import { timeLimitMs } from './sent-request.ts';

/** A client that waits longer than its limit plus this gets the late answer after all. */
const HELD_BEYOND_MS = 1_500;
/** How long the server behind may take; a client has long given up by then. */
const UPSTREAM_LIMIT_MS = 20_000;
const TOKEN_PATH = '/integrator-authentication';

export interface Upstream {
  /** `/pos/v10/…` hangs under it. */
  baseUrl: string;
  /** `/connect/token` hangs under it. */
  authUrl: string;
}

/** Stands between one terminal and MobilePay: records what is sent, and disturbs as planned. */
export interface RecordingProxy {
  /** What the terminal takes for MobilePay's base address. */
  readonly url: string;
  readonly requests: readonly SentRequest[];
  /** The next requests of this kind meet these steps, one each. Returns the number of the plan. */
  plan(operation: Operation, steps: readonly Step[]): number;
  /** Resolves when every step of the plan has met a request that has ended. */
  planEnded(plan: number): Promise<void>;
  /** What the client breaks off from now on, it breaks off because it is being stopped. */
  expectEnd(): void;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  headers: [string, string][];
  body: Buffer;
}

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as [string, string]] : [],
  );
}

function madeUp(status: number, code: string | null): Answer {
  const body = { code, message: 'made up by the certification run', correlationId: null };
  return {
    status,
    headers: [['content-type', 'application/json; charset=utf-8']],
    body: Buffer.from(status === 401 ? '' : JSON.stringify(body)),
  };
}

function withSlowPolls(answer: Answer, pollDelayMs: number): Answer {
  try {
    const body = JSON.parse(answer.body.toString('utf8')) as { pollDelayInMs?: unknown };
    if (typeof body.pollDelayInMs !== 'number') return answer;
    body.pollDelayInMs = Math.max(body.pollDelayInMs, pollDelayMs);
    return { ...answer, body: Buffer.from(JSON.stringify(body)) };
  } catch {
    return answer;
  }
}

export async function startRecordingProxy(upstream: Upstream): Promise<RecordingProxy> {
  const recorder = createRecorder();
  const agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true }),
  };
  const planned: { plan: number; index: number; operation: Operation; step: Step }[] = [];
  const open = new Map<number, { left: number; resolve: () => void; ended: Promise<void> }>();
  let plans = 0;
  let ending = false;

  function addressOf(path: string): URL {
    return path.startsWith(`${TOKEN_PATH}/`)
      ? new URL(upstream.authUrl + path.slice(TOKEN_PATH.length))
      : new URL(upstream.baseUrl + path);
  }

  /** The answer of the server behind; undefined when there is none. */
  async function handOn(request: IncomingMessage, body: Buffer): Promise<Answer | undefined> {
    const url = addressOf(request.url ?? '/');
    const secure = url.protocol === 'https:';
    const headers = pairsOf(request.rawHeaders).filter(
      ([name]) => !hopByHop.has(name.toLowerCase()) && name.toLowerCase() !== 'host',
    );
    // A POST without a body says so too, else Node would announce one in chunks.
    if (body.length > 0 || request.method === 'POST') {
      headers.push(['Content-Length', String(body.length)]);
    }
    const sent = (secure ? httpsRequest : httpRequest)(url, {
      method: request.method,
      agent: agents[secure ? 'https:' : 'http:'],
      headers: ['Host', url.host, ...headers.flat()],
      signal: AbortSignal.timeout(UPSTREAM_LIMIT_MS),
    });
    sent.end(body);
    try {
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      const answer = await buffer(response);
      return {
        status: response.statusCode ?? 502,
        headers: pairsOf(response.rawHeaders).filter(([name]) => !hopByHop.has(name.toLowerCase())),
        body: answer,
      };
    } catch {
      return undefined;
    }
  }

  /** The answer that this step lets the client have, when it may have it. */
  async function answerFor(
    step: Step,
    request: IncomingMessage,
    body: Buffer,
    clientGone: Promise<void>,
  ): Promise<Answer | undefined> {
    switch (step.do) {
      case 'pass':
        return await handOn(request, body);
      case 'late': {
        const answer = await handOn(request, body);
        const timer = new AbortController();
        const heldMs = timeLimitMs(request.method ?? '') + HELD_BEYOND_MS;
        await Promise.race([clientGone, pause(heldMs, timer.signal)]);
        timer.abort();
        return answer;
      }
      case 'fail':
        if (step.carriedOut) await handOn(request, body);
        return madeUp(500, '2000');
      case 'refuse':
        return madeUp(step.status, step.code);
      case 'slow-polls': {
        const answer = await handOn(request, body);
        return answer && withSlowPolls(answer, step.pollDelayMs);
      }
    }
  }

  function nextStep(operation: Operation | null) {
    const at = planned.findIndex((entry) => entry.operation === operation);
    return at < 0 ? undefined : planned.splice(at, 1)[0];
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedAtMs = performance.now();
    let gone: () => void = () => {};
    const clientGone = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const { method = '', url: path = '' } = request;
    const operation = operationOf(method, path);
    // Taken in the order of arrival, before anything is waited for.
    const met = nextStep(operation);
    const entry = recorder.arrived({
      operation,
      method,
      path,
      headers: pairsOf(request.rawHeaders),
      arrivedAtMs,
      planned: met === undefined ? null : { plan: met.plan, index: met.index },
      step: met?.step ?? { do: 'pass' },
    });
    response.once('close', () => {
      gone();
      if (entry.end === null) {
        recorder.ended(entry, { kind: ending ? 'cut-off' : 'given-up', atMs: performance.now() });
      }
      if (met !== undefined) stepEnded(met.plan);
    });
    let body: Buffer;
    try {
      body = await buffer(request);
    } catch {
      return;
    }
    recorder.body(entry, body.toString('utf8'));
    const answer = await answerFor(entry.step, request, body, clientGone);
    if (response.destroyed) return;
    const atMs = performance.now();
    if (answer === undefined) {
      recorder.ended(entry, { kind: 'server-gone', atMs });
      response.destroy();
      return;
    }
    recorder.answered(entry, { atMs, status: answer.status, body: answer.body.toString('utf8') });
    response.writeHead(answer.status, [
      ...answer.headers.flat(),
      'Content-Length',
      String(answer.body.length),
    ]);
    response.end(answer.body);
  }

  function stepEnded(plan: number): void {
    const one = open.get(plan);
    if (one === undefined) return;
    one.left -= 1;
    if (one.left === 0) one.resolve();
  }

  // Longer than the client's own idle connections are kept, so that none is closed under its hands.
  const server = createServer({ keepAliveTimeout: 300_000, noDelay: true }, (request, response) => {
    void handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    requests: recorder.requests,
    plan(operation, steps) {
      plans += 1;
      const plan = plans;
      for (const [index, step] of steps.entries()) planned.push({ plan, index, operation, step });
      let resolve: () => void = () => {};
      const ended = new Promise<void>((settle) => {
        resolve = settle;
      });
      open.set(plan, { left: steps.length, resolve, ended });
      return plan;
    },
    planEnded: (plan) => open.get(plan)?.ended ?? Promise.resolve(),
    expectEnd() {
      ending = true;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const agent of Object.values(agents)) agent.destroy();
      await closed;
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
