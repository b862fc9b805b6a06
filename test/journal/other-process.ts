import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/** The journal as JavaScript, for processes of their own: Node 20 does not run TypeScript. */
function compiled(): string {
  const folder = join(root, '.cache');
  mkdirSync(folder, { recursive: true });
  const target = mkdtempSync(join(folder, 'journal-'));
  afterAll(() => rmSync(target, { recursive: true, force: true }));
  const files = ['journal', 'payment', 'contract'].flatMap((room) =>
    readdirSync(join(root, 'src', room)).map((name) => join(room, name)),
  );
  for (const file of [...files, 'terminal-error.ts']) {
    const { outputText } = ts.transpileModule(readFileSync(join(root, 'src', file), 'utf8'), {
      compilerOptions: options,
    });
    const to = join(target, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, outputText);
  }
  return target;
}

export interface OtherProcess {
  child: ChildProcess;
  /** The next line it prints; undefined at its end. */
  line(): Promise<string | undefined>;
  /** Sends it a line. */
  tell(text: string): void;
  ended: Promise<number | null>;
}

const prelude = (folder: string) => `
  import { createInterface } from 'node:readline';
  import { writeSync } from 'node:fs';
  const { openJournal } = await import(${JSON.stringify(pathToFileURL(join(folder, 'journal/sqlite-journal.js')).href)});
  const { openJournalReader } = await import(${JSON.stringify(pathToFileURL(join(folder, 'journal/journal-reader.js')).href)});
  const say = (text) => writeSync(1, text + '\\n');
  const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const asked = async () => (await input.next()).value;
  const logger = { info() {}, warn() {}, error() {} };
  const started = (orderId, at) => ({
    type: 'started', at, orderId, posId: 'pos-1', amount: { currency: 'DKK', value: 1250 },
    idempotencyKey: 'key', body: '{}', expiresAt: at, deadline: at, autoCapture: true,
    plannedCaptureDelay: 'None',
  });
  const start = (orderId, at) => ({
    at, clockTrusted: true, events: [{ orderId, event: started(orderId, at), settled: false }],
    outbox: [{ name: 'payment', payload: { orderId, at: new Date(at).toISOString() } }],
  });
`;

/**
 * Runs scripts that may use openJournal, openJournalReader, say, asked, start and logger, each in a
 * process of its own. `before` is put in front of the command, such as a tracer.
 */
export function otherProcesses() {
  const folder = compiled();
  return (script: string, args: string[], before: string[] = []): OtherProcess => {
    const code = `${prelude(folder)}\nconst args = process.argv.slice(1);\n${script}\nprocess.stdin.destroy();`;
    const [program = '', ...rest] = [
      ...before,
      process.execPath,
      '--input-type=module',
      '-e',
      code,
      '--',
      ...args,
    ];
    const child = spawn(program, rest, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit').then(([status]: (number | null)[]) => status ?? null);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    onTestFinished(async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    });
    return {
      child,
      ended,
      line: async () => {
        const next = await lines.next();
        return next.done === true ? undefined : next.value;
      },
      tell: (text) => child.stdin?.write(`${text}\n`),
    };
  };
}
