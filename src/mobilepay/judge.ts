import type { AnswerReader } from './answer-reader.ts';
import { parseJson } from './answer-reader.ts';
import { errorShape } from './answer-schemas.ts';
import { refusalMessage } from './error-table.ts';
import type { HeaderFields, HttpOutcome } from './http-client.ts';
import type { Again, Verdict } from './verdict.ts';

const LONGEST_RETRY_AFTER_MS = 60 * 60 * 1000;

/**
 * What one attempt proves. A 2xx counts only in the shape we know. A 4xx is a "no" only with
 * MobilePay's JSON `code`; 401 speaks of the token and 429 of the moment, never of the payment.
 * Network errors and 5xx may be tried again (PoS V10, timing rules).
 */
export function judge<T>(outcome: HttpOutcome, reader: AnswerReader<T>): Verdict<T> {
  if (outcome.kind === 'failure') {
    const again: Again = outcome.gaveUp ? 'given-up' : 'later';
    if (!outcome.sent) return { kind: 'unsent', detail: outcome.detail, again };
    return {
      kind: 'doubtful',
      again,
      doubt: {
        detail: outcome.detail,
        status: null,
        correlationId: null,
        retryAfterMs: null,
        credentialsRefused: false,
      },
    };
  }
  const { status, headers, text } = outcome;
  const error = status >= 400 ? errorIn(text, headers) : undefined;
  const doubtful = (detail: string, again: Again = 'no'): Verdict<T> => {
    const retryAfterMs = status === 429 || status === 503 ? retryAfterMsOf(headers) : null;
    return {
      kind: 'doubtful',
      // Whoever says when to come back is not asked again before.
      again: retryAfterMs === null ? again : 'no',
      doubt: {
        detail,
        status,
        correlationId: error?.correlationId ?? correlationIdOf(headers),
        retryAfterMs,
        credentialsRefused: false,
      },
    };
  };
  if (reader.statuses.includes(status)) {
    const reading = reader.read(text, String(headers['content-type'] ?? ''));
    return reading.ok
      ? { kind: 'ok', value: reading.value, correlationId: correlationIdOf(headers) }
      : doubtful(reading.detail);
  }
  if (status >= 500) {
    const why = error === undefined ? '' : `, code ${error.code}: ${error.message}`;
    return doubtful(`MobilePay answered HTTP ${status}${why}`, 'later');
  }
  if (status < 400 || status === 401 || status === 429) return doubtful(`HTTP ${status}`);
  if (error === undefined) return doubtful(`HTTP ${status} without a MobilePay code`);
  const { code, correlationId, message } = error;
  return { kind: 'refused', refusal: { status, code, correlationId }, message };
}

/** MobilePay's own words for an error, if it is one of its own. */
function errorIn(text: string, headers: HeaderFields) {
  const parsed = errorShape.safeParse(parseJson(text)?.value);
  if (!parsed.success) return undefined;
  const { code, message, correlationId, CorrelationId } = parsed.data;
  return {
    code,
    message: refusalMessage(code, message ?? null),
    correlationId: correlationId ?? CorrelationId ?? correlationIdOf(headers),
  };
}

/** Gateways spell the header in different ways: CorrelationId, Correlation-Id, X-Correlation-ID. */
export function correlationIdOf(headers: HeaderFields): string | null {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && /^(x-)?(mobilepay-)?correlation-?id$/i.test(name))
      return value;
  }
  return null;
}

/** Seconds or a date (RFC 9110, 10.2.3); a date counts from the answer's own. */
function retryAfterMsOf(headers: HeaderFields): number | null {
  const text = headers['retry-after'];
  if (typeof text !== 'string') return null;
  const seconds = /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;
  const untilMs =
    seconds === undefined
      ? Date.parse(text) - (serverDateOf(headers) ?? Date.now())
      : seconds * 1000;
  return Number.isNaN(untilMs) ? null : Math.min(Math.max(untilMs, 0), LONGEST_RETRY_AFTER_MS);
}

export function serverDateOf(headers: HeaderFields): number | null {
  const text = headers['date'];
  const epochMs = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(epochMs) ? null : epochMs;
}
