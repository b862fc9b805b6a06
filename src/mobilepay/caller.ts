import type { Logger } from 'pino';
import type { ApiTry, CallOptions, CallResult, CredentialsNews } from '../ports.ts';
import { createAccessToken } from './access-token.ts';
import type { AnswerReader } from './answer-reader.ts';
import { createAttempt } from './attempt.ts';
import { createAuthorizedAttempt } from './authorized-attempt.ts';
import { runBurst } from './burst.ts';
import type { HttpRequest } from './http-client.ts';
import { createHttpClient } from './http-client.ts';
import { ATTEMPTS, GET_TIME_LIMIT_MS, POST_TIME_LIMIT_MS } from './timing-rules.ts';
import { createTokenCall } from './token-call.ts';
import { unlessAborted } from './unless-aborted.ts';
import type { Verdict } from './verdict.ts';
import { GIVEN_UP } from './verdict.ts';

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
  onCredentials: (news: CredentialsNews) => void;
  onReachability: (reachable: boolean) => void;
  onTry?: ((tried: ApiTry) => void) | undefined;
}

/** Puts calls through to MobilePay: token, headers, time limits and retries. */
export interface Caller {
  call<T>(call: Call<T>, options?: CallOptions): Promise<CallResult<T>>;
  authorize(options?: CallOptions): Promise<CallResult<void>>;
  close(): void;
}

export function createCaller(options: CallerOptions): Caller {
  const { logger, monotonicMs, clientId, clientSecret, onCredentials, onReachability } = options;
  const http = createHttpClient({ ca: options.ca });
  const attempt = createAttempt({
    http,
    logger,
    monotonicMs,
    onServerDate: options.onServerDate,
    onTry: options.onTry,
  });
  const apiUrl = new URL(`${withoutSlash(options.baseUrl)}/pos/v10`).href;
  const userAgent = `beacon-terminal/${options.version}`;
  const headers = {
    'user-agent': userAgent,
    'x-ibm-client-id': clientId,
    'x-mobilepay-client-system-version': options.version,
    'x-mobilepay-merchant-vat-number': options.merchantVat,
  };
  const askForToken = createTokenCall({
    url: new URL(`${withoutSlash(options.authUrl)}/connect/token`).href,
    clientId,
    clientSecret,
    userAgent,
    attempt,
  });
  const accessToken = createAccessToken({
    monotonicMs,
    async ask(signal) {
      const result = await askForToken(signal);
      if (signal.aborted) return result;
      if (isRefusal(result)) {
        onCredentials({ accepted: false, stillServes: accessToken.cached() !== undefined });
        return result;
      }
      onReachability(result.kind === 'ok' || result.kind === 'refused');
      if (result.kind === 'ok') onCredentials({ accepted: true });
      return result;
    },
    onBackgroundFailure: (detail) =>
      logger.warn({ detail }, 'the access token was not renewed; the old one still serves'),
  });

  async function call<T>(spec: Call<T>, { signal, mayStillSend }: CallOptions = {}) {
    const { method, path, body, idempotencyKey: key } = spec;
    const request: HttpRequest = {
      method,
      url: apiUrl + path,
      headers: key === undefined ? headers : { ...headers, 'x-mobilepay-idempotency-key': key },
      body,
      contentType: 'application/json',
      timeLimitMs: method === 'GET' ? GET_TIME_LIMIT_MS : POST_TIME_LIMIT_MS,
      signal,
      mayStillSend,
    };
    const authorized = createAuthorizedAttempt(request, spec.reader, { attempt, accessToken });
    let last: Verdict<T> | undefined;
    const result = await runBurst({
      attempts: spec.poll === true ? 1 : ATTEMPTS,
      signal,
      async attempt() {
        last = await authorized();
        return last;
      },
    });
    if (isRefusal(result)) onCredentials({ accepted: false, stillServes: false });
    else if (result.kind === 'ok' || result.kind === 'refused') onReachability(true);
    else if (last !== undefined && 'again' in last && last.again !== 'given-up') {
      onReachability(false);
    }
    return result;
  }

  return {
    call,
    async authorize({ signal, mayStillSend } = {}) {
      if (mayStillSend?.() === false) return { kind: 'unsent', detail: GIVEN_UP };
      const result = await unlessAborted(accessToken.renew(), signal);
      if (result === undefined) {
        return {
          kind: 'unanswered',
          detail: GIVEN_UP,
          status: null,
          correlationId: null,
          retryAfterMs: null,
          credentialsRefused: false,
        };
      }
      return result.kind === 'ok' ? { ...result, value: undefined } : result;
    },
    close(): void {
      accessToken.close();
      http.close();
    },
  };
}

/** Refused with the token call, or with a token that is new. */
function isRefusal(result: CallResult<unknown>): boolean {
  return result.kind === 'unanswered' && result.credentialsRefused;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
