import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** A person at a terminal. */
export interface Prompt {
  /** One line; Enter alone is the default, or nothing. */
  ask(question: string, fallback?: string): Promise<string>;
  /** One line that is not shown, and kept nowhere. */
  askSecret(question: string): Promise<string>;
  say(line: string): void;
  close(): void;
}

/** Ctrl-C, or the end of the input. */
export class PromptEnded extends Error {
  override readonly name = 'PromptEnded';
}

/** Lines that are typed ahead are kept for the questions they belong to. */
export function openPrompt(
  input: NodeJS.ReadStream = process.stdin,
  output: NodeJS.WriteStream = process.stdout,
): Prompt {
  let muted = false;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, written) {
      if (!muted) output.write(chunk);
      written();
    },
  });
  const lines = createInterface({ input, output: echo, terminal: true, historySize: 0 });
  const typed: string[] = [];
  let waiting: { resolve(line: string): void; reject(error: Error): void } | undefined;
  let ended = false;
  lines.on('line', (line) => {
    if (waiting === undefined) typed.push(line);
    else waiting.resolve(line);
  });
  const end = () => {
    ended = true;
    waiting?.reject(new PromptEnded('interrupted'));
  };
  lines.on('SIGINT', () => {
    lines.close();
    end();
  });
  lines.on('close', end);

  async function line(question: string): Promise<string> {
    lines.setPrompt(question);
    lines.prompt();
    const early = typed.shift();
    if (early !== undefined) return early;
    if (ended) throw new PromptEnded('interrupted');
    try {
      return await new Promise<string>((resolve, reject) => {
        waiting = { resolve, reject };
      });
    } finally {
      waiting = undefined;
    }
  }

  return {
    async ask(question, fallback) {
      const hint = fallback === undefined || fallback === '' ? '' : ` [${fallback}]`;
      const answer = (await line(`${question}${hint}: `)).trim();
      return answer === '' ? (fallback ?? '') : answer;
    },
    async askSecret(question) {
      output.write(`${question} (not shown): `);
      muted = true;
      try {
        return await line('');
      } finally {
        muted = false;
        output.write('\n');
      }
    },
    say(line) {
      output.write(`${line}\n`);
    },
    close() {
      lines.close();
    },
  };
}
