import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Node has no datagrams of AF_UNIX, so a little Python hears them: a line of JSON for each. */
const LISTENER = `
import json, socket, sys
hearing = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
hearing.bind(sys.argv[1])
print('{}', flush=True)
while True:
    words = hearing.recv(65536).decode().split('\\n')
    print(json.dumps(dict(word.split('=', 1) for word in words)), flush=True)
`;

export type Message = Record<string, string>;

/** What a service tells systemd, without systemd: the socket of `NOTIFY_SOCKET`. */
export async function listenForNotices(path: string) {
  const python = spawn('python3', ['-c', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: Message[] = [];
  const lines = createInterface({ input: python.stdout });
  await once(lines, 'line');
  lines.on('line', (line) => {
    const message = JSON.parse(line) as Message;
    // systemd-notify's own way to learn that it was heard.
    if (!('BARRIER' in message)) messages.push(message);
  });
  return {
    messages,
    close: () => python.kill(),
  };
}
