import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/commands/program.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'hardware/README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** What a page tells the reader to type: lines of its blocks (continued by a backslash, too), and what stands in `code`. */
function codeIn(page: string): string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/\\\n\s*/g, '');
  const parts = text.split(/^```.*$/m);
  const blocks = parts.filter((_, index) => index % 2 === 1).flatMap((part) => part.split('\n'));
  const prose = parts.filter((_, index) => index % 2 === 0).join('\n');
  return [...blocks, ...[...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)];
}

/** The arguments of each call of a program, up to the end of its part of the line. */
function callsOf(program: RegExp): [page: string, call: string, args: string[]][] {
  const before = String.raw`(?:^|[|;&(]\s*|sudo (?:-\w+ )*|npx |ssh (?:-t )?\S+ (?:sudo )?)`;
  const word = String.raw`(?:"[^"]*"|'[^']*'|[^\s"'|;&()>#]+)+`;
  const call = new RegExp(`${before}(${program.source})((?:[ ]+${word})*)`, 'g');
  return pages.flatMap((page) =>
    codeIn(page).flatMap((code) =>
      [...code.matchAll(call)].map(([, name = '', rest = '']) => {
        const args = [...rest.matchAll(new RegExp(word, 'g'))].map(([text]) =>
          text.replaceAll(/["']/g, ''),
        );
        return [page, `${name}${rest}`, args] as [string, string, string[]];
      }),
    ),
  );
}

const usage = /\[|…|\.\.\./;
const calls = callsOf(/beacon-terminal/).filter(
  ([, call, args]) => args.length > 0 && !usage.test(call),
);

/** Why `beacon-terminal` would not take these arguments, or null. */
function refusal(args: readonly string[]): string | null {
  let command: Command = createProgram(() => {});
  let rest = [...args];
  for (;;) {
    const next = command.commands.find((each) => each.name() === rest[0]);
    if (next === undefined) break;
    command = next;
    rest = rest.slice(1);
  }
  const { operands, unknown } = command.parseOptions(rest);
  const wrong = unknown.filter((text) => text !== '--help' && text !== '--version');
  if (wrong.length > 0) return `unknown: ${wrong.join(' ')}`;
  if (command.commands.length > 0 && operands.length > 0) return `no subcommand ${operands[0]}`;
  const most = command.registeredArguments.length;
  return operands.length > most && !command.registeredArguments.some(({ variadic }) => variadic)
    ? `too many arguments: ${operands.join(' ')}`
    : null;
}

describe('what the pages tell to type', () => {
  it('is found', () => {
    expect(calls.length).toBeGreaterThan(60);
    const subcommands = new Set(calls.map(([, , [name]]) => name));
    for (const each of ['provision', 'decommission', 'doctor', 'label', 'pay', 'report', 'send']) {
      expect(subcommands).toContain(each);
    }
    expect(refusal(['doctor', '--frobnicate'])).toBe('unknown: --frobnicate');
    expect(refusal(['frobnicate'])).toBe('no subcommand frobnicate');
    expect(refusal(['journal', 'salvage', 'a', 'b'])).toMatch('too many');
  });

  it.each(calls)('%s: %s', (_page, _call, args) => {
    expect(refusal(args)).toBeNull();
  });

  it('of the scripts is what they take', () => {
    const scripts = callsOf(/scripts\/[a-z-]+(?![\w./-])/);
    expect(scripts.length).toBeGreaterThan(15);
    for (const [page, call] of scripts) {
      const [file = ''] = call.split(' ');
      const source = readFileSync(file, 'utf8');
      // In quotes stands another command.
      for (const [option] of call.replaceAll(/'[^']*'/g, '').matchAll(/--[a-z-]+/g)) {
        const passedOn = file === 'scripts/provision-batch' ? 'scripts/provision-device' : file;
        const known = source + readFileSync(passedOn, 'utf8');
        expect(known, `${page}: ${call}: ${option}`).toMatch(new RegExp(`${option}\\b`));
      }
    }
  });
});
