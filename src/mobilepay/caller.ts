import type { Logger } from 'pino';
import type { CallOptions, CallResult } from '../ports.ts';
import type { AccessToken, IssuedToken, TokenResult } from './access-token.ts';
import { createAccessToken } from './access-token.ts';
import type { AnswerReader } from './answer-reader.ts';
import { jsonAnswer, parseJson } from './answer-reader.ts';
import { tokenShape } from './answer-schemas.ts';
import { runBurst } from './burst.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from './http-client.ts';
import { createHttpClient } from './http-client.ts';
import { correlationIdOf, judge, serverDateOf } from './judge.ts';
import type { Verdict } from './verdict.ts';

// PoS V10, timing rules.
const POST_TIME_LIMIT_MS = 2_000;
const GET_TIME_LIMIT_MS = 500;
const ATTEMPTS = 3;

export interface Call<T> {
  method: HttpRequest['method'];
  /** Below `/pos/v10`, ids already encoded. */
  path: string;
  reader: AnswerReader<T>;
  /** JSON text, sent verbatim. */
  body?: string;
  /** On creates, and there only. */
  idempotencyKey?: string;
  /** A poll is not retried: the next one comes at its time. */
  poll?: boolean;
}

export interface CallerOptions {
  baseUrl: string;
  authUrl: string;
  clientId: string;
  clientSecret: string;
  merchantVat: string;
  version: string;
  logger: Logger;
  monotonicMs: () => number;
  ca?: string | undefined;
  onServerDate: (serverEpochMs: number) => void;
  onReachability: (reachable: boolean) => void;
}

/** Puts calls through to MobilePay: token, headers, time limits, retries, and what answers prove. */
export interface Caller {
  call<T>(call: Call<T>, options?: CallOptions): Promise<CallResult<T>>;
  authorize(options?: CallOptions): Promise<CallResult<void>>;
  close(): void;
}

export function createCaller(options: CallerOptions): Caller {
  const { logger, monotonicMs } = options;
  const http: HttpClient = createHttpClient({ ca: options.ca });
  const apiUrl = new URL(`${withoutSlash(options.baseUrl)}/pos/v10`);
  const tokenUrl = new URL(`${withoutSlash(options.authUrl)}/connect/token`);
  const apiPrefix = apiUrl.href;
  const userAgent = `beacon-terminal/${options.version}`;
  const apiHeaders = {
    'user-agent': userAgent,
    'x-ibm-client-id': options.clientId,
    'x-mobilepay-client-system-version': options.version,
    'x-mobilepay-merchant-vat-number': options.merchantVat,
  };
  const tokenHeaders = {
    'user-agent': userAgent,
    'x-ibm-client-id': options.clientId,
    authorization: `Basic ${Buffer.from(`${options.clientId}:${options.clientSecret}`).toString('base64')}`,
  };
  const tokenReader = jsonAnswer(
    tokenShape.transform(
      (answer): IssuedToken => ({
        token: answer.access_token,
        lifetimeMs: answer.expires_in * 1000,
      }),
    ),
  );
  let closed = false;

  async function attempt<T>(request: HttpRequest, reader: AnswerReader<T>): Promise<Verdict<T>> {
    const startedMs = monotonicMs();
    const outcome = await http.send(request);
    const verdict = judge(outcome, reader);
    if (logger.isLevelEnabled('debug')) {
      record(request, outcome, verdict, reader, monotonicMs() - startedMs);
    }
    if (outcome.kind === 'answer' && verdict.kind === 'ok') {
      const serverDate = serverDateOf(outcome.headers);
      if (serverDate !== null) options.onServerDate(serverDate);
    }
    return verdict;
  }

  /** Never a header or a body: they carry tokens, secrets and what belongs to customers. */
  function record<T>(
    request: HttpRequest,
    outcome: HttpOutcome,
    verdict: Verdict<T>,
    reader: AnswerReader<T>,
    durationMs: number,
  ): void {
    const { pathname, search } = new URL(request.url);
    const answered = outcome.kind === 'answer' ? outcome : undefined;
    const fields = {
      method: request.method,
      path: pathname + search,
      status: answered?.status ?? null,
      durationMs: Math.round(durationMs * 10) / 10,
      correlationId: answered === undefined ? null : correlationIdOf(answered.headers),
      verdict: verdict.kind,
      ...(verdict.kind === 'refused' ? { code: verdict.refusal.code } : {}),
      ...(verdict.kind === 'unsent' ? { detail: verdict.detail } : {}),
      ...(verdict.kind === 'doubtful' ? { detail: verdict.doubt.detail } : {}),
    };
    logger.debug(fields, 'MobilePay call');
    if (verdict.kind !== 'ok' || answered === undefined || reader.knownMembers === null) return;
    const answer = parseJson(answered.text)?.value;
    const { knownMembers } = reader;
    const unknown = Object.keys(answer ?? {}).filter((name) => !knownMembers.has(name));
    if (unknown.length > 0) logger.debug({ path: pathname, unknown }, 'unknown members');
  }

  const accessToken: AccessToken = createAccessToken({
    monotonicMs,
    onBackgroundFailure: (detail) =>
      logger.warn({ detail }, 'the access token could not be renewed; the old one still serves'),
    async ask(signal) {
      const request: HttpRequest = {
        method: 'POST',
        url: tokenUrl.href,
        headers: tokenHeaders,
        body: 'grant_type=client_credentials',
        contentType: 'application/x-www-form-urlencoded',
        timeLimitMs: POST_TIME_LIMIT_MS,
        signal,
        mayStillSend: undefined,
      };
      const result = await runBurst({
        attempts: ATTEMPTS,
        signal,
        attempt: async (): Promise<Verdict<IssuedToken>> => {
          const verdict = await attempt(request, tokenReader);
          if (verdict.kind !== 'doubtful' || verdict.doubt.status !== 401) return verdict;
          const detail = 'MobilePay does not accept the client id and secret (HTTP 401)';
          return { ...verdict, doubt: { ...verdict.doubt, detail, credentialsRefused: true } };
        },
      });
      report(result, signal);
      return result;
    },
  });

  function report(result: CallResult<unknown>, signal: AbortSignal | undefined): void {
    const answered = result.kind === 'ok' || result.kind === 'refused';
    // A call that we gave up ourselves says nothing about MobilePay.
    if (answered || !(closed || (signal?.aborted ?? false))) options.onReachability(answered);
  }

  async function call<T>(spec: Call<T>, { signal, mayStillSend }: CallOptions = {}) {
    const isGet = spec.method === 'GET';
    let rejected: string | undefined;
    let withdrawn = false;

    async function attemptWithToken(): Promise<Verdict<T>> {
      if (mayStillSend?.() === false) return withdraw();
      let token = accessToken.cached();
      if (token === undefined || token === rejected) {
        const obtained = await unlessAborted(accessToken.obtain(rejected), signal);
        if (obtained === undefined) return withdraw();
        token = tokenOf(obtained);
        if (token === undefined) {
          return { kind: 'unsent', detail: `no access token: ${whyNot(obtained)}`, again: 'no' };
        }
        if (mayStillSend?.() === false) return withdraw();
      }
      const verdict = await attempt(requestFor(token), spec.reader);
      if (verdict.kind !== 'doubtful' || verdict.doubt.status !== 401) return verdict;
      if (rejected === undefined) {
        rejected = token;
        const obtained = await unlessAborted(accessToken.obtain(token), signal);
        if (obtained !== undefined && tokenOf(obtained) !== undefined) {
          return { ...verdict, again: 'at-once' };
        }
        const credentialsRefused =
          obtained?.kind === 'unanswered' ? obtained.credentialsRefused : false;
        return { ...verdict, doubt: { ...verdict.doubt, credentialsRefused } };
      }
      const detail = 'MobilePay rejects even a new access token (HTTP 401)';
      return { ...verdict, doubt: { ...verdict.doubt, detail, credentialsRefused: true } };
    }

    function withdraw(): Verdict<T> {
      withdrawn = true;
      return { kind: 'unsent', detail: 'the call was given up', again: 'no' };
    }

    function requestFor(token: string): HttpRequest {
      return {
        method: spec.method,
        url: apiPrefix + spec.path,
        headers: {
          ...apiHeaders,
          authorization: `Bearer ${token}`,
          ...(spec.idempotencyKey === undefined
            ? {}
            : { 'x-mobilepay-idempotency-key': spec.idempotencyKey }),
        },
        body: spec.body,
        contentType: 'application/json',
        timeLimitMs: isGet ? GET_TIME_LIMIT_MS : POST_TIME_LIMIT_MS,
        signal,
        mayStillSend,
      };
    }

    const attempts = spec.poll ? 1 : ATTEMPTS;
    const result = await runBurst({ attempts, attempt: attemptWithToken, signal });
    if (!withdrawn) report(result, signal);
    return result;
  }

  return {
    call,
    async authorize({ signal, mayStillSend } = {}) {
      if (mayStillSend?.() === false) return { kind: 'unsent', detail: 'the call was given up' };
      const result = await unlessAborted(accessToken.renew(), signal);
      if (result === undefined) {
        return {
          kind: 'unanswered',
          detail: 'the call was given up',
          status: null,
          correlationId: null,
          retryAfterMs: null,
          credentialsRefused: false,
        };
      }
      return result.kind === 'ok' ? { ...result, value: undefined } : result;
    },
    close(): void {
      closed = true;
      accessToken.close();
      http.close();
    },
  };
}

function tokenOf(obtained: TokenResult | { kind: 'cached'; token: string }): string | undefined {
  if (obtained.kind === 'cached') return obtained.token;
  return obtained.kind === 'ok' ? obtained.value.token : undefined;
}

function whyNot(obtained: TokenResult | { kind: 'cached' }): string {
  if ('detail' in obtained) return obtained.detail;
  return 'message' in obtained ? obtained.message : '';
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** Waits for what others may be waiting for too: an abort ends the wait, not the work. */
function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  if (signal === undefined) return work;
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const abandon = (): void => resolve(undefined);
    signal.addEventListener('abort', abandon, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
  });
}
