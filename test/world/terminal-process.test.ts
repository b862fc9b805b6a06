import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { FromVirtualDevice } from '../../src/contract/virtual-device.ts';
import { TerminalProcess } from '../../src/world/terminal-process.ts';

const fake = fileURLToPath(new URL('fake-terminal.mjs', import.meta.url));

let terminal: TerminalProcess;
afterEach(() => terminal.stop());

/** Starts nothing yet; `until` resolves when what was heard so far fits. */
function observe(how: string) {
  const heard: string[] = [];
  const waiting = new Set<() => void>();
  const hear = (what: string) => {
    heard.push(what);
    for (const check of waiting) check();
  };
  terminal = new TerminalProcess({
    args: [fake, how],
    environment: () => ({ ...process.env, ROLE: 'a fake' }),
    restartDelayMs: 5,
    stopGraceMs: 50,
    onPower: hear,
    onFailure: (lastWords) => hear(`failed: ${lastWords.trim()}`),
    onLog: () => {},
    onDevice: (message: FromVirtualDevice) =>
      hear(message.kind === 'display' ? message.content.scene : message.kind),
  });
  const until = (count: number, what: string) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (heard.filter((one) => one === what).length < count) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { heard, until };
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('it speaks through its virtual drivers, and its buttons can be pressed', async () => {
  const { heard, until } = observe('well');
  terminal.start();
  await until(1, 'beacon');
  terminal.press('pay', 'long-press');
  await until(1, 'pay long-press');
  expect(heard).toEqual(['booting', 'beacon', 'pay long-press']);
});

test('the plug pulled, it is dead at once and stays dead; put back, it boots', async () => {
  const { heard, until } = observe('deaf');
  terminal.start();
  await until(1, 'beacon');
  const { pid } = terminal;
  terminal.pullPlug();
  terminal.press('pay', 'press');
  await terminal.stop();
  expect(isAlive(pid)).toBe(false);
  expect(heard).toEqual(['booting', 'beacon', 'off']);
  terminal.start();
  await until(2, 'beacon');
  expect(terminal.pid).not.toBe(pid);
});

test('the plug pulled and put back in one breath, it boots once and has not failed', async () => {
  const { heard, until } = observe('well');
  terminal.start();
  await until(1, 'beacon');
  terminal.pullPlug();
  terminal.start();
  await until(2, 'beacon');
  expect(heard.filter((one) => one.startsWith('failed'))).toEqual([]);
});

test('one that will not end in an orderly way is killed', async () => {
  const { until } = observe('deaf');
  terminal.start();
  await until(1, 'beacon');
  const { pid } = terminal;
  await terminal.stop();
  expect(isAlive(pid)).toBe(false);
});

test('it is started again when it dies by itself, and its last words are kept', async () => {
  const { until } = observe('well');
  terminal.start();
  await until(1, 'beacon');
  terminal.press('cancel', 'press');
  await until(1, 'failed: I am a fake');
  await until(2, 'beacon');
});

test('one that never starts is tried again and again', async () => {
  const { heard, until } = observe('fail');
  terminal.start();
  await until(3, 'failed: I am a fake');
  expect(heard[0]).toBe('booting');
});

test('a restart is an orderly end and no failure', async () => {
  const { heard, until } = observe('well');
  terminal.start();
  await until(1, 'beacon');
  const { pid } = terminal;
  terminal.restart();
  await until(2, 'beacon');
  expect(terminal.pid).not.toBe(pid);
  expect(heard).toEqual(['booting', 'beacon', 'booting', 'beacon']);
});
