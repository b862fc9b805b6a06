import { type Logger, pino } from 'pino';

/** Members that never reach a log, however deep they stand. */
const secretMembers = new Set(
  [
    'authorization',
    'accessToken',
    'authenticator',
    'clientSecret',
    'customerReceiptToken',
    'customerToken',
    'loyaltyIds',
    'mobilepayClientSecret',
    'mqttPassword',
    'password',
    'phoneNumber',
    'secret',
    'token',
  ].map(plain),
);
const REDACTED = '[redacted]';
const MAX_DEPTH = 8;

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

function redacted(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorMembers(value, depth);
  if (depth === MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.map((item) => redacted(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretMembers.has(plain(name)) && inner !== null ? REDACTED : redacted(inner, depth + 1),
    ]),
  );
}

/** Only what helps: errors of HTTP libraries carry whole requests, tokens and all. */
function errorMembers(error: Error, depth: number): object {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined || depth === MAX_DEPTH
      ? {}
      : { cause: redacted(error.cause, depth + 1) }),
  };
}

/**
 * JSON lines on stderr, written at once: nothing is lost when the process dies.
 * @param secrets texts that are blotted out wherever they appear
 */
export function createLogger(
  level: string,
  secrets: readonly string[] = [],
  destination: { write(line: string): void } = pino.destination({ dest: 2, sync: true }),
): Logger {
  // A shorter one would blot out ordinary words.
  const asInJson = secrets
    .filter((secret) => secret.length >= 4)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (members) => redacted(members) as Record<string, unknown>,
        bindings: (members) => redacted(members) as Record<string, unknown>,
      },
      serializers: { err: (error: unknown) => redacted(error) },
    },
    {
      write(line: string) {
        let safe = line.replaceAll(/\b(Bearer|Basic) [\w.~+/=-]+/g, `$1 ${REDACTED}`);
        for (const secret of asInJson) safe = safe.replaceAll(secret, REDACTED);
        destination.write(safe);
      },
    },
  );
}
