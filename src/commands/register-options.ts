import type { RegisterOptions } from '../register/register-client.ts';

/** Which terminal `pay`, `refund` and `send` speak to; `--config` has been resolved into it. */
export type TerminalAddress = Omit<RegisterOptions, 'repeatAfterMs'>;

/** Where a subcommand writes: `process.stdout` and `process.stderr`, or a test's memory. */
export interface Output {
  write(text: string): unknown;
}
