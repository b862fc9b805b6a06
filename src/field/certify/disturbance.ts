import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Step } from './sent-request.ts';
import { timeLimitMs } from './sent-request.ts';
import type { Answer, Upstream } from './upstream.ts';

/** A client that waits longer than its limit plus this gets the late answer after all. */
const HELD_BEYOND_MS = 1_500;

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

/** The answer that a step lets the client have, when it may have it; undefined: there is none. */
export async function disturbedAnswer(
  step: Step,
  {
    request,
    body,
    upstream,
    clientGone,
  }: {
    request: IncomingMessage;
    body: Buffer;
    upstream: Upstream;
    clientGone: AbortSignal;
  },
): Promise<Answer | undefined> {
  switch (step.do) {
    case 'pass':
      return await upstream.handOn(request, body);
    case 'late': {
      const answer = await upstream.handOn(request, body);
      const heldMs = timeLimitMs(request.method ?? '') + HELD_BEYOND_MS;
      // Aborted: there is nobody to answer any more.
      await wait(heldMs, undefined, { signal: clientGone }).catch(() => {});
      return answer;
    }
    case 'fail':
      if (step.carriedOut) await upstream.handOn(request, body);
      return madeUp(500, '2000');
    case 'refuse':
      return madeUp(step.status, step.code);
    case 'slow-polls': {
      const answer = await upstream.handOn(request, body);
      return answer && withSlowPolls(answer, step.pollDelayMs);
    }
  }
}
