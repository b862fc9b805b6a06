import type {
  IncomingHttpHeaders,
  IncomingMessage,
  RequestListener,
  ServerResponse,
} from 'node:http';
import http from 'node:http';
import type { ServerOptions } from 'node:https';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** 1 for the server's first connection, and so on. */
  connection: number;
}

/** Answers one request, or lets the client wait, or breaks the connection. */
export type Step = (response: ServerResponse, request: IncomingMessage) => void;

/** An answer with a body: text as it is, anything else as JSON. */
export function answer(
  status: number,
  body: unknown = '',
  headers: Record<string, string> = {},
): Step {
  return (response) => {
    const json = typeof body !== 'string';
    response.writeHead(status, {
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...headers,
    });
    response.end(json ? JSON.stringify(body) : body);
  };
}
export const refuse = (status: number, code: string): Step =>
  answer(status, { code, message: 'the vendor’s words', correlationId: 'c-1' });
/** The request has arrived; the answer never does. */
export const silence: Step = () => undefined;
export const reset: Step = (response) => void response.socket?.resetAndDestroy();

const TOKEN_PATH = '/auth/connect/token';

/**
 * A web server that follows a script: each API request takes the next step, each token request
 * the next token step, or else is given a token (`token-1`, `token-2`, …).
 */
export async function startScriptedServer(tls?: ServerOptions) {
  const steps: Step[] = [];
  const tokenSteps: Step[] = [];
  const seen: SeenRequest[] = [];
  const tokenCalls: SeenRequest[] = [];
  const sockets: Socket[] = [];
  let issued = 0;

  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const isToken = path === TOKEN_PATH;
      (isToken ? tokenCalls : seen).push({
        method: request.method ?? '',
        path,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        connection: sockets.indexOf(request.socket) + 1,
      });
      const step = isToken ? (tokenSteps.shift() ?? issueToken) : steps.shift();
      if (step === undefined) answer(500, 'the script has ended')(response, request);
      else step(response, request);
    });
  };
  const issueToken: Step = (response, request) => {
    issued += 1;
    answer(200, { access_token: `token-${issued}`, expires_in: 3700 })(response, request);
  };

  const server =
    tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    /** Requests to the API, in order. */
    seen,
    tokenCalls,
    /** What the next API requests get. */
    script: (...next: Step[]) => void steps.push(...next),
    scriptToken: (...next: Step[]) => void tokenSteps.push(...next),
    connections: () => sockets.length,
    socket: (connection: number) => sockets[connection - 1],
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type ScriptedServer = Awaited<ReturnType<typeof startScriptedServer>>;

/** A port that refuses connections. */
export async function deadPort(): Promise<number> {
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
