/** What may be done about an error: try again, ask MobilePay first, or never. */
export type RetryAdvice = 'safe' | 'ask-first' | 'never';

export type TerminalErrorCode =
  | 'config-invalid'
  | 'usage'
  | 'unreachable'
  | 'port-taken'
  | 'journal-damaged'
  | 'disk-full'
  | 'not-permitted'
  | 'illegal-transition'
  | 'internal';

/** The one error class. Vendor errors are translated into it at the edge. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  readonly code: TerminalErrorCode;
  readonly retry: RetryAdvice;

  constructor(
    code: TerminalErrorCode,
    message: string,
    options: { retry?: RetryAdvice; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? 'never';
  }
}
