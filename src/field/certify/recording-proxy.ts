import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { disturbedAnswer } from './disturbance.ts';
import type { Operation } from './operations.ts';
import { operationOf } from './operations.ts';
import { createRecorder } from './recorder.ts';
import type { SentRequest, Step } from './sent-request.ts';
import type { UpstreamAddresses } from './upstream.ts';
import { createUpstream, pairsOf } from './upstream.ts';

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

export async function startRecordingProxy(addresses: UpstreamAddresses): Promise<RecordingProxy> {
  const recorder = createRecorder();
  const upstream = createUpstream(addresses);
  const planned: { plan: number; index: number; operation: Operation; step: Step }[] = [];
  const open = new Map<number, { left: number; resolve: () => void; ended: Promise<void> }>();
  let plans = 0;
  let ending = false;

  function nextStep(operation: Operation | null) {
    const at = planned.findIndex((entry) => entry.operation === operation);
    return at < 0 ? undefined : planned.splice(at, 1)[0];
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedAtMs = performance.now();
    const clientGone = new AbortController();
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
      clientGone.abort();
      if (entry.request.end === null) {
        entry.ended({ kind: ending ? 'cut-off' : 'given-up', atMs: performance.now() });
      }
      if (met !== undefined) stepEnded(met.plan);
    });
    let body: Buffer;
    try {
      body = await buffer(request);
    } catch {
      return;
    }
    entry.body(body.toString('utf8'));
    const answer = await disturbedAnswer(entry.request.step, {
      request,
      body,
      upstream,
      clientGone: clientGone.signal,
    });
    if (response.destroyed) return;
    const atMs = performance.now();
    if (answer === undefined) {
      entry.ended({ kind: 'server-gone', atMs });
      response.destroy();
      return;
    }
    entry.answered({ atMs, status: answer.status, text: answer.body.toString('utf8') });
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
      upstream.close();
      await closed;
    },
  };
}
