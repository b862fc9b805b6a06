import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';

/** The addresses of a name, or the system's code for its failure. */
export async function addressesOf(host: string): Promise<string[] | { error: string }> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    return { error: (error as NodeJS.ErrnoException).code ?? 'unknown error' };
  }
}

/** Null when somebody takes the call, else the system's code. */
export function tcpTrouble(
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (trouble: string | null) => {
      socket.destroy();
      resolve(trouble);
    };
    signal.addEventListener('abort', () => end('ETIMEDOUT'));
    socket.on('connect', () => end(null));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'unknown error'));
  });
}
