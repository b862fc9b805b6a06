import { TerminalError } from '../terminal-error.ts';

const DAY_MS = 86_400_000;

export function machineTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** @throws TerminalError `usage` for a zone that does not exist */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch (error) {
    throw new TerminalError(
      'usage',
      `There is no time zone ${JSON.stringify(timeZone)}; name one such as Europe/Copenhagen.`,
      { cause: error },
    );
  }
}

/** Epoch ms as `2025-03-01 11:00:04` in that zone. */
export function zonedTimes(timeZone: string): (epochMs: number) => string {
  const formatter = formatterOf(timeZone);
  return (epochMs) => {
    const parts = new Map(formatter.formatToParts(epochMs).map(({ type, value }) => [type, value]));
    const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
    return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')}`;
  };
}

/** A local time of that zone, given as if it were UTC; days of 23 and 25 hours included. */
function fromLocal(asUtc: number, timeZone: string): number {
  const localOf = zonedTimes(timeZone);
  const offsetAt = (epochMs: number) =>
    Date.parse(`${localOf(epochMs).replace(' ', 'T')}Z`) - epochMs;
  // The offset that holds then, found from the one that holds at the same time in UTC.
  return asUtc - offsetAt(asUtc - offsetAt(asUtc));
}

/**
 * `YYYY-MM-DD` in that zone as epoch ms, `to` exclusive.
 * @throws TerminalError `usage`
 */
export function dayOf(date: string, timeZone: string): { from: number; to: number } {
  const utcMidnight = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  const back = Number.isNaN(utcMidnight) ? '' : new Date(utcMidnight).toISOString().slice(0, 10);
  if (back !== date) {
    throw new TerminalError('usage', `DATE is written as 2025-03-01; not ${date}`);
  }
  return {
    from: fromLocal(utcMidnight, timeZone),
    to: fromLocal(utcMidnight + DAY_MS, timeZone),
  };
}

/**
 * A day or a local time in that zone, or a time with its offset, as epoch ms.
 * @throws TerminalError `usage`
 */
export function momentOf(text: string, timeZone: string): number {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return dayOf(text, timeZone).from;
  const hasOffset = /(Z|[+-]\d\d:\d\d)$/.test(text);
  const epochMs = Date.parse(hasOffset ? text : `${text}Z`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) || Number.isNaN(epochMs)) {
    throw new TerminalError(
      'usage',
      `A time is written as 2025-03-01, 2025-03-01T10:00 or 2025-03-01T09:00:00Z; not ${text}`,
    );
  }
  return hasOffset ? epochMs : fromLocal(epochMs, timeZone);
}
