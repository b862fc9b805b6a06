import { PortTakenError } from '../simulator/port-taken-error.ts';
import { TerminalError } from '../terminal-error.ts';

/**
 * Waits until something listens, and names the flag where it cannot.
 * @throws TerminalError `port-taken`, `not-permitted` or `usage`
 */
export async function onPort<T>(
  flag: '--port' | '--mqtt-port' | '--api-port',
  port: number,
  listening: Promise<T>,
): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    if (error instanceof PortTakenError) throw taken(flag, port, error);
    switch (error instanceof Error && 'code' in error ? error.code : undefined) {
      case 'EADDRINUSE':
        throw taken(flag, port, error);
      case 'EACCES':
        throw new TerminalError(
          'not-permitted',
          `${flag}: port ${port} is only for root; name one from 1024 up, or 0 for a free one`,
          { cause: error },
        );
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
        throw new TerminalError('usage', '--host: this machine has no such address', {
          cause: error,
        });
      default:
        throw error;
    }
  }
}

function taken(flag: string, port: number, cause: unknown): TerminalError {
  return new TerminalError(
    'port-taken',
    `${flag}: port ${port} is in use; name another, or 0 for a free one`,
    { cause },
  );
}
