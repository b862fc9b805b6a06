import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';

/** How long the server behind may take; a client has long given up by then. */
const LIMIT_MS = 20_000;
const TOKEN_PATH = '/integrator-authentication';

export interface UpstreamAddresses {
  /** `/pos/v10/…` hangs under it. */
  baseUrl: string;
  /** `/connect/token` hangs under it. */
  authUrl: string;
}

/** An answer as it came, without what belongs to the connection only. */
export interface Answer {
  status: number;
  headers: [string, string][];
  body: Buffer;
}

export interface Upstream {
  /** The answer of the server behind; undefined when there is none. */
  handOn(request: IncomingMessage, body: Buffer): Promise<Answer | undefined>;
  close(): void;
}

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

export function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as [string, string]] : [],
  );
}

/** The server behind: requests are handed on byte for byte. */
export function createUpstream({ baseUrl, authUrl }: UpstreamAddresses): Upstream {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true }),
  };

  function addressOf(path: string): URL {
    return path.startsWith(`${TOKEN_PATH}/`)
      ? new URL(authUrl + path.slice(TOKEN_PATH.length))
      : new URL(baseUrl + path);
  }

  async function handOn(request: IncomingMessage, body: Buffer): Promise<Answer | undefined> {
    const url = addressOf(request.url ?? '/');
    const secure = url.protocol === 'https:';
    const headers = pairsOf(request.rawHeaders).filter(
      ([name]) => !hopByHop.has(name.toLowerCase()) && name.toLowerCase() !== 'host',
    );
    // A POST without a body says so too, else Node would announce one in chunks.
    if (body.length > 0 || request.method === 'POST') {
      headers.push(['Content-Length', String(body.length)]);
    }
    const sent = (secure ? httpsRequest : httpRequest)(url, {
      method: request.method,
      agent: agents[secure ? 'https:' : 'http:'],
      headers: ['Host', url.host, ...headers.flat()],
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    sent.end(body);
    try {
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      const answer = await buffer(response);
      return {
        status: response.statusCode ?? 502,
        headers: pairsOf(response.rawHeaders).filter(([name]) => !hopByHop.has(name.toLowerCase())),
        body: answer,
      };
    } catch {
      return undefined;
    }
  }

  return {
    handOn,
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
