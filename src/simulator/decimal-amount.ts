const MAX_MINOR_UNITS = 99_999_999;

/**
 * Minor units of a JSON number such as 12.5, or undefined when it is not a positive amount with
 * at most two decimals. Read from the double's shortest decimal text, so nothing is rounded.
 */
export function minorUnitsOf(value: unknown): number | undefined {
  if (typeof value !== 'number') return undefined;
  const match = /^(\d+)(?:\.(\d{1,2}))?$/.exec(String(value));
  if (match === null) return undefined;
  const minor = Number(`${match[1]}${(match[2] ?? '').padEnd(2, '0')}`);
  return minor >= 1 && minor <= MAX_MINOR_UNITS ? minor : undefined;
}

/** The JSON number for minor units: 1250 is 12.5. */
export function decimalOf(minorUnits: number): number {
  return Number(decimalTextOf(minorUnits));
}

/** For people: 1250 is `12.50`. */
export function decimalTextOf(minorUnits: number): string {
  const digits = String(minorUnits).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
