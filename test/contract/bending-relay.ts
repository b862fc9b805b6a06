import type { IncomingMessage, ServerResponse } from 'node:http';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way: whatever is changed here arrives changed. */
export interface RelayedRequest {
  method: string;
  /** With the query. */
  path: string;
  /** As they came, repeated ones included; names in lower case. */
  headers: [name: string, value: string][];
  body: string;
}
export type Bend = (request: RelayedRequest) => void;

/** Passes requests on to `target`, bent while a bend is set: a client that cannot err seems to. */
export async function startBendingRelay(target: string) {
  let bend: Bend | undefined;

  const server = http.createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request: RelayedRequest = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: pairsOf(incoming.rawHeaders),
        body: Buffer.concat(chunks).toString(),
      };
      bend?.(request);
      passOn(request, outgoing);
    });
  });

  function passOn({ method, path, headers, body }: RelayedRequest, outgoing: ServerResponse): void {
    const onward = headers.filter(([name]) => name !== 'content-length' && name !== 'host');
    onward.push(
      ['host', new URL(target).host],
      ['content-length', String(Buffer.byteLength(body))],
    );
    const passed = http.request(`${target}${path}`, { method, headers: onward.flat() }, (answer) =>
      passBack(answer, outgoing),
    );
    passed.on('error', () => outgoing.destroy());
    passed.end(body);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** What happens to every request while `act` is under way. */
    async whileBent<T>(how: Bend, act: () => Promise<T>): Promise<T> {
      bend = how;
      try {
        return await act();
      } finally {
        bend = undefined;
      }
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function passBack(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(outgoing);
}

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? '']] : [],
  );
}
