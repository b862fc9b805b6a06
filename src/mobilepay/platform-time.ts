const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/;
/** Day first, as in `17-10-2022 06:07:45 +00:00`: the other form that PoS V10 shows. */
const dayFirstTime = /^(\d\d)-(\d\d)-(\d{4}) (\d\d:\d\d:\d\d) ([+-]\d\d:\d\d)$/;

/** A time out of an answer, in ms since the epoch. Without a zone it is read as UTC; null when it is in no known form. */
export function epochMsOf(text: string): number | null {
  const iso = isoTime.exec(text);
  const [, day, month, year, time, zone] = dayFirstTime.exec(text) ?? [];
  const normalized =
    iso === null
      ? `${year}-${month}-${day}T${time}${zone}`
      : `${text}${iso[1] === undefined ? 'Z' : ''}`;
  const epochMs = Date.parse(normalized);
  return Number.isNaN(epochMs) ? null : epochMs;
}
