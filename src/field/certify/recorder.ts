import { createHash } from 'node:crypto';
import { CLIENT_CREDENTIALS } from './rules/headers.ts';
import type { End, Said, SentRequest } from './sent-request.ts';
import { IDEMPOTENCY_KEY } from './sent-request.ts';

/** The headers that rules speak of; all others are forgotten at once. */
const kept = new Set([
  'authorization',
  'content-type',
  'x-ibm-client-id',
  'x-mobilepay-client-system-version',
  'x-mobilepay-merchant-vat-number',
  IDEMPOTENCY_KEY,
]);

type Recorded = { -readonly [K in keyof SentRequest]: SentRequest[K] };

/** The record of one request, while it is being written. */
interface Entry {
  readonly request: SentRequest;
  body(text: string): void;
  ended(end: End): void;
  answered(answer: { atMs: number; status: number; text: string }): void;
}

/** Writes down what was sent, without the secret, without a token, without a customer's data. */
export function createRecorder() {
  const requests: Recorded[] = [];
  /** Digests of the tokens given out, in this order: a token itself is never kept. */
  const tokens: string[] = [];

  function described(authorization: string): string {
    const [scheme = '', credentials = ''] = authorization.split(' ', 2);
    if (/^basic$/i.test(scheme)) return CLIENT_CREDENTIALS;
    if (!/^bearer$/i.test(scheme)) return '(of an unknown kind)';
    const index = tokens.indexOf(digest(credentials));
    return index < 0 ? 'Bearer (never issued)' : `Bearer (token ${index + 1})`;
  }

  function keptHeaders(headers: readonly (readonly [string, string])[]) {
    return headers.flatMap(([name, value]) => {
      const lower = name.toLowerCase();
      if (!kept.has(lower)) return [];
      return [[lower, lower === 'authorization' ? described(value) : value] as const];
    });
  }

  return {
    requests: requests as readonly SentRequest[],
    /** Opens the record of a request; the rest is entered as it becomes known. */
    arrived(request: Omit<SentRequest, 'id' | 'body' | 'end'>): Entry {
      const recorded: Recorded = {
        ...request,
        id: requests.length + 1,
        headers: keptHeaders(request.headers),
        body: '',
        end: null,
      };
      requests.push(recorded);
      return {
        request: recorded,
        body(text) {
          const harmless =
            recorded.operation !== 'getToken' ||
            /^grant_type=client_credentials(&merchant_vat=\w+)?$/.test(text);
          recorded.body = harmless ? text : '(not shown: it may hold a secret)';
        },
        ended(end) {
          recorded.end = end;
        },
        answered({ atMs, status, text }) {
          const body = objectIn(text);
          if (recorded.operation === 'getToken' && typeof body['access_token'] === 'string') {
            tokens.push(digest(body['access_token']));
          }
          const code = status >= 400 ? textOf(body['code']) : null;
          recorded.end = { kind: 'answered', atMs, status, code, said: saidIn(body) };
        },
      };
    },
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return { list: value };
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function saidIn(body: Record<string, unknown>): Said {
  const { pollDelayInMs: delay } = body as { pollDelayInMs?: unknown };
  const list = [body['list'], body['posIds'], body['paymentIds'], body['refundIds']].find(
    Array.isArray,
  );
  return {
    pollDelayMs: typeof delay === 'number' ? delay : null,
    state: textOf(body['status']),
    found: list?.length ?? null,
  };
}
