import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { TerminalError } from '../terminal-error.ts';

/**
 * Listens, and names the config keys where it cannot. Returns the port, which port 0 leaves open.
 * @throws TerminalError `port-taken`, `not-permitted`, `config-invalid`
 */
export async function listen(
  app: FastifyInstance,
  address: { host: string; port: number },
  keys: { host: string; port: string },
): Promise<number> {
  const { port } = address;
  // Fastify opens a second server for "localhost", which would know nothing of renewed certificates.
  const host = address.host === 'localhost' ? '127.0.0.1' : address.host;
  try {
    await app.listen({ host, port });
  } catch (cause) {
    switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
      case 'EADDRINUSE':
        throw new TerminalError(
          'port-taken',
          `${keys.port}: port ${port} is in use; name another, or 0 for a free one`,
          { cause },
        );
      case 'EACCES':
        throw new TerminalError(
          'not-permitted',
          `${keys.port}: this user may not listen on port ${port}; name one from 1024 up`,
          { cause },
        );
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
        throw new TerminalError(
          'config-invalid',
          `${keys.host}: ${host} is no address of this machine`,
          { cause },
        );
      default:
        throw cause;
    }
  }
  return (app.server.address() as AddressInfo).port;
}

/** A host as it stands in a URL: an IPv6 address goes into brackets. */
export function urlOf(protocol: 'http' | 'https', host: string, port: number): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
