import { apiError, errorBody, errorOfCode } from './api-error.ts';
import type { Fault } from './faults.ts';
import type { Operation } from './operations.ts';

/** An answer as it is about to leave. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

const captivePortal = `<!doctype html>
<html><head><title>Welcome to the guest network</title></head>
<body><h1>Almost online</h1><form action="/login"><button>Accept the terms</button></form></body></html>
`;

/** What a fault makes of an answer. Kinds that concern the connection or the time change nothing. */
export function distort(
  fault: Fault,
  answer: Answer,
  about: { correlationId: string; operation: Operation | undefined },
): Answer {
  switch (fault.kind) {
    case 'lost-request':
    case 'lost-answer':
    case 'reset':
    case 'slow':
      return answer;
    case '500':
    case 'error': {
      const code = (fault.kind === 'error' && fault.code) || 2000;
      const { status, message } = errorOfCode(code) ?? apiError(2000);
      const body = JSON.stringify(errorBody(String(code), message, about));
      return { status, headers: JSON_TYPE, body };
    }
    case 'garbage':
      return { ...answer, headers: JSON_TYPE, body: half(answer.body) };
    case 'html':
      return {
        status: fault.status ?? 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: captivePortal,
      };
    case '429':
      return {
        status: 429,
        headers: { 'retry-after': String(fault.retryAfterSeconds ?? 1) },
        body: '',
      };
    case 'wrong-type':
      return { ...answer, headers: JSON_TYPE, body: withWrongTypes(answer.body) };
    case 'unknown-status':
      return withUnknownStatus(answer);
  }
}

function half(body: string): string {
  return body === '' ? '{"paym' : body.slice(0, Math.ceil(body.length / 2));
}

function withWrongTypes(body: string): string {
  const value: unknown = body === '' ? '' : JSON.parse(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '7';
  return JSON.stringify(
    Object.fromEntries(Object.entries(value).map(([name, member]) => [name, wrongTypeOf(member)])),
  );
}

function wrongTypeOf(member: unknown): unknown {
  if (typeof member === 'string') return 7;
  if (typeof member === 'number') return 'many';
  if (Array.isArray(member)) return { first: member[0] };
  return [member];
}

/** A payment status nobody has heard of; on an answer that has none, an HTTP status instead. */
function withUnknownStatus(answer: Answer): Answer {
  const value: unknown = answer.body === '' ? null : JSON.parse(answer.body);
  if (typeof value !== 'object' || value === null || !('status' in value)) {
    return { ...answer, status: 299 };
  }
  return { ...answer, body: JSON.stringify({ ...value, status: 'Teleported' }) };
}
