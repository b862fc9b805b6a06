import { type Logger, pino } from 'pino';

/** Members that never reach a log, however deep they stand. */
const secretMembers = new Set([
  'accesstoken',
  'authenticator',
  'authorization',
  'clientsecret',
  'customerreceipttoken',
  'customertoken',
  'loyaltyids',
  'mobilepayclientsecret',
  'mqttpassword',
  'password',
  'phonenumber',
  'secret',
  'token',
]);
const REDACTED = '[redacted]';

function redactMember(name: string, value: unknown): unknown {
  const secret = value !== null && secretMembers.has(name.toLowerCase().replaceAll(/[-_]/g, ''));
  return secret ? REDACTED : value;
}

/** Only what helps: errors of HTTP libraries carry whole requests, tokens and all. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
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
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
    },
    {
      // Over the finished line, so that the bindings of child loggers are covered as well.
      write(line: string) {
        let safe = JSON.stringify(JSON.parse(line), redactMember);
        safe = safe.replaceAll(/\b(Bearer|Basic) [\w.~+/=-]+/g, `$1 ${REDACTED}`);
        for (const secret of asInJson) safe = safe.replaceAll(secret, REDACTED);
        destination.write(`${safe}\n`);
      },
    },
  );
}
