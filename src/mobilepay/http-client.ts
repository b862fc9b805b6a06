import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import type { AxiosResponse, AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import { GIVEN_UP } from './verdict.ts';
import { createDeparture, watchedTransport } from './watched-transport.ts';

/** One file in place of sixty-six: a quarter less to do at every start. */
const axios = createRequire(import.meta.url)('axios') as AxiosStatic;

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  /** Sent as UTF-8, byte for byte. */
  body: string | undefined;
  contentType: string;
  /** From the first look-up of the name to the last byte of the answer. */
  timeLimitMs: number;
  signal: AbortSignal | undefined;
  /** Asked again when a new connection stands, just before the request's first byte. */
  mayStillSend: (() => boolean) | undefined;
}

export type HeaderFields = Readonly<Record<string, unknown>>;

/** What became of one request. Never an exception: those of axios carry tokens and secrets. */
export type HttpOutcome =
  | { kind: 'answer'; status: number; headers: HeaderFields; text: string }
  /** `sent`: a byte of the request may have left. `gaveUp`: we ended it ourselves. */
  | { kind: 'failure'; sent: boolean; gaveUp: boolean; detail: string };

/** No answer of PoS V10 comes near it. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Shorter than most routers remember an idle connection; a server that says less is obeyed. */
const IDLE_SOCKET_MS = 120_000;

export interface HttpClient {
  send(request: HttpRequest): Promise<HttpOutcome>;
  close(): void;
}

/**
 * Connections are kept alive and reused; TLS is 1.2 at least and always verified, whatever the
 * environment says. Neither proxies nor redirects are followed.
 * @param ca PEM of the only authority to trust, in place of the usual ones
 */
export function createHttpClient(options: { ca?: string | undefined } = {}): HttpClient {
  const pool = { keepAlive: true, timeout: IDLE_SOCKET_MS };
  const httpAgent = new http.Agent(pool);
  const httpsAgent = new https.Agent({
    ...pool,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  // The adapter itself: bodies are bytes both ways and nothing intercepts, and merging settings that
  // never change would be a third of what a call costs.
  const adapter = axios.getAdapter('http');
  const settings = {
    ...axios.defaults,
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    responseType: 'text',
    validateStatus: null,
  } as const;
  const underWay = new Set<() => void>();
  let closed = false;

  /** Idle connections share the fate of the one that just failed: none of them is used again. */
  function dropIdleSockets(): void {
    for (const agent of [httpAgent, httpsAgent]) {
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of sockets ?? []) socket.destroy();
      }
    }
  }

  async function send(request: HttpRequest): Promise<HttpOutcome> {
    const { signal } = request;
    if (closed || signal?.aborted) {
      return { kind: 'failure', sent: false, gaveUp: true, detail: GIVEN_UP };
    }
    const departure = createDeparture();
    const { abort } = departure;
    let timedOut = false;
    const timer = setTimeout(() => {
      // An answer that came while this process was busy is read first: poll precedes check.
      setImmediate(() => {
        timedOut = true;
        abort();
      });
    }, request.timeLimitMs);
    signal?.addEventListener('abort', abort, { once: true });
    underWay.add(abort);
    try {
      const config: InternalAxiosRequestConfig = {
        ...settings,
        method: request.method,
        url: request.url,
        headers: new axios.AxiosHeaders({
          ...request.headers,
          accept: 'application/json',
          'accept-encoding': 'identity',
          // `false`: axios must not think of a type for a body that is not there.
          'content-type': request.body === undefined ? false : request.contentType,
        }),
        data: request.body === undefined ? undefined : Buffer.from(request.body, 'utf8'),
        transport: watchedTransport(departure, request.mayStillSend),
      };
      const answer = (await adapter(config)) as AxiosResponse<string>;
      return {
        kind: 'answer',
        status: answer.status,
        headers: answer.headers,
        text: answer.data,
      };
    } catch (error) {
      const { sent, reused, withdrawn } = departure;
      if (reused) dropIdleSockets();
      const gaveUp = withdrawn || closed || (signal?.aborted ?? false);
      return {
        kind: 'failure',
        sent,
        gaveUp,
        detail: describe(error, { gaveUp, timedOut, sent, request }),
      };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      underWay.delete(abort);
    }
  }

  return {
    send,
    close(): void {
      closed = true;
      for (const abort of underWay) abort();
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

function describe(
  error: unknown,
  known: { gaveUp: boolean; timedOut: boolean; sent: boolean; request: HttpRequest },
): string {
  if (known.gaveUp) return GIVEN_UP;
  const { timeLimitMs } = known.request;
  if (known.timedOut) {
    return known.sent
      ? `no whole answer within ${timeLimitMs} ms`
      : `no connection within ${timeLimitMs} ms`;
  }
  // The code alone: the message of a library's error may quote headers or the configuration.
  const code = codeOf(error) ?? 'unknown error';
  return known.sent ? `the connection broke (${code})` : `no connection (${code})`;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return codeOf(cause) ?? (typeof code === 'string' ? code : undefined);
}
