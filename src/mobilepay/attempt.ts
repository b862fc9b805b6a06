import type { Logger } from 'pino';
import type { ApiTry } from '../ports.ts';
import type { AnswerReader } from './answer-reader.ts';
import { parseJson } from './answer-reader.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from './http-client.ts';
import { correlationIdOf, judge, serverDateOf } from './judge.ts';
import type { Verdict } from './verdict.ts';
import { GIVEN_UP } from './verdict.ts';

/** Sends one request and says what its outcome proves. */
export type Attempt = <T>(request: HttpRequest, reader: AnswerReader<T>) => Promise<Verdict<T>>;

export function createAttempt(options: {
  http: HttpClient;
  logger: Logger;
  monotonicMs: () => number;
  /** Told the `Date` of each answer that is 2xx and in the shape we know. */
  onServerDate: (serverEpochMs: number) => void;
  /** Told of each try, unless we gave it up ourselves; at once, so it must be quick. */
  onTry?: ((tried: ApiTry) => void) | undefined;
}): Attempt {
  const { http, logger, monotonicMs, onServerDate, onTry } = options;
  return async (request, reader) => {
    const startedMs = monotonicMs();
    const outcome = await http.send(request);
    const verdict = judge(outcome, reader);
    if (logger.isLevelEnabled('debug')) {
      record(logger, { request, outcome, verdict, durationMs: monotonicMs() - startedMs });
      if (verdict.kind === 'ok') recordUnknownMembers(logger, outcome, reader);
    }
    const error = errorOf(verdict);
    if (onTry !== undefined && error !== GIVEN_UP) {
      const seconds = (monotonicMs() - startedMs) / 1000;
      onTry({ operation: operationOf(request), seconds, error });
    }
    if (outcome.kind === 'answer' && verdict.kind === 'ok') {
      const serverDate = serverDateOf(outcome.headers);
      if (serverDate !== null) onServerDate(serverDate);
    }
    return verdict;
  };
}

/** Every part of a path that is no id. */
const pathWords = new Set(
  'payments prepare ready capture cancel refunds pointofsales checkin stores detailed'.split(' '),
);

function operationOf({ method, url }: HttpRequest): string {
  const [, path] = /\/pos\/v10((?:\/[^/?]+)+)/.exec(url) ?? [];
  if (path === undefined) return 'token';
  const parts = path.slice(1).split('/');
  return `${method} /${parts.map((part) => (pathWords.has(part) ? part : '{id}')).join('/')}`;
}

function errorOf(verdict: Verdict<unknown>): string | null {
  switch (verdict.kind) {
    case 'ok':
      return null;
    case 'refused':
      // A label for whatever an answer may say would let the answers fill the memory.
      return /^\d{1,5}$/.test(verdict.refusal.code) ? verdict.refusal.code : 'other';
    case 'unsent':
      return verdict.again === 'given-up' ? GIVEN_UP : 'not-sent';
    case 'doubtful': {
      if (verdict.again === 'given-up') return GIVEN_UP;
      const { status } = verdict.doubt;
      return status === null ? 'no-answer' : `http-${status}`;
    }
  }
}

interface Attempted {
  request: HttpRequest;
  outcome: HttpOutcome;
  verdict: Verdict<unknown>;
  durationMs: number;
}

/** Never a header or a body: they carry tokens, secrets and what belongs to customers. */
function record(logger: Logger, { request, outcome, verdict, durationMs }: Attempted): void {
  const { pathname, search } = new URL(request.url);
  const answered = outcome.kind === 'answer';
  logger.debug(
    {
      method: request.method,
      path: pathname + search,
      status: answered ? outcome.status : null,
      durationMs: Math.round(durationMs * 10) / 10,
      correlationId: answered ? correlationIdOf(outcome.headers) : null,
      verdict: verdict.kind,
      detail: detailOf(verdict),
    },
    'MobilePay call',
  );
}

function detailOf(verdict: Verdict<unknown>): string | undefined {
  switch (verdict.kind) {
    case 'ok':
      return undefined;
    case 'refused':
      return `${verdict.refusal.code}: ${verdict.message}`;
    case 'unsent':
      return verdict.detail;
    case 'doubtful':
      return verdict.doubt.detail;
  }
}

function recordUnknownMembers(
  logger: Logger,
  outcome: HttpOutcome,
  { knownMembers }: AnswerReader<unknown>,
): void {
  if (knownMembers === null || outcome.kind !== 'answer') return;
  const answer = parseJson(outcome.text)?.value;
  const members = Object.keys(answer ?? {}).filter((name) => !knownMembers.has(name));
  if (members.length > 0) logger.debug({ members }, 'MobilePay answered members we do not know');
}
