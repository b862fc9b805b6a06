import type { ZodType } from 'zod';

export type Reading<T> = { ok: true; value: T } | { ok: false; detail: string };

/** What a call makes of a 2xx answer's status and body. */
export interface AnswerReader<T> {
  statuses: readonly number[];
  read(text: string, contentType: string): Reading<T>;
  /** Members we know at the top; others are worth a line in the log. */
  knownMembers: ReadonlySet<string> | null;
}

/** An answer whose body must be JSON of this shape. */
export function jsonAnswer<T>(
  schema: ZodType<T>,
  shape?: { shape: Record<string, unknown> },
): AnswerReader<T> {
  return {
    statuses: [200, 201],
    knownMembers: shape === undefined ? null : new Set(Object.keys(shape.shape)),
    read(text, contentType) {
      const json = parseJson(text);
      if (json === undefined) {
        const what = looksLikeHtml(text, contentType) ? 'an HTML page' : 'not whole JSON';
        return { ok: false, detail: `the answer is ${text === '' ? 'empty' : what}` };
      }
      const parsed = schema.safeParse(json.value);
      if (parsed.success) return { ok: true, value: parsed.data };
      const issue = parsed.error.issues[0];
      const path = issue?.path.join('.') ?? '';
      return {
        ok: false,
        detail: `the answer is not understood: ${path === '' ? '' : `${path}: `}${issue?.message ?? ''}`,
      };
    },
  };
}

/** An answer that must be about what was asked for. GUIDs are compared without regard to case. */
export function answerAbout<T>(
  asked: string,
  idOf: (value: T) => string,
  reader: AnswerReader<T>,
): AnswerReader<T> {
  return {
    ...reader,
    read(text, contentType) {
      const reading = reader.read(text, contentType);
      return reading.ok && idOf(reading.value).toLowerCase() !== asked.toLowerCase()
        ? { ok: false, detail: 'the answer is about something else than was asked for' }
        : reading;
    },
  };
}

/** Capture, cancel and the like: success is the status; a body is not expected and not read. */
export const noBodyAnswer: AnswerReader<void> = {
  statuses: [200, 204],
  knownMembers: null,
  read: (text, contentType) =>
    looksLikeHtml(text, contentType)
      ? { ok: false, detail: 'the answer is an HTML page' }
      : { ok: true, value: undefined },
};

/**
 * A DELETE repeated after a lost answer meets a 404: what was wanted. Not so a page that says 404:
 * whoever serves it may not be MobilePay at all.
 */
export const goneAnswer: AnswerReader<void> = { ...noBodyAnswer, statuses: [200, 204, 404] };

export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** A captive portal's or gateway's page says 200 as readily as MobilePay does. */
function looksLikeHtml(text: string, contentType: string): boolean {
  return text !== '' && (/html/i.test(contentType) || /^\s*</.test(text));
}
