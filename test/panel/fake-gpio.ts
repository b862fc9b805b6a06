import type { GpioLine, GpioLines } from '../../src/panel/gpio-lines.ts';

/** GPIO lines without a chip: levels in a map, inputs moved by the test. */
export function createFakeGpio() {
  const levels = new Map<number, 0 | 1>();
  const listeners = new Map<number, (error: unknown, value: 0 | 1) => void>();
  const open = new Set<number>();
  const fake = {
    levels,
    open,
    /** Thrown by whatever is asked next, until it is undefined again. */
    trouble: undefined as Error | undefined,
    onWrite: undefined as ((line: number, value: 0 | 1) => void) | undefined,
    /** An input changes, in the sense of the button: 1 is pressed. */
    move(line: number, value: 0 | 1): void {
      levels.set(line, value);
      listeners.get(line)?.(null, value);
    },
    output: (_label: string, line: number) => lineOf(line, 0),
    input: (_label: string, line: number) => lineOf(line, levels.get(line) ?? 0),
  };

  function lineOf(line: number, level: 0 | 1): GpioLine {
    if (fake.trouble) throw fake.trouble;
    if (open.has(line)) throw new Error(`line ${line} is in use`);
    open.add(line);
    levels.set(line, level);
    return {
      write(value) {
        if (fake.trouble) throw fake.trouble;
        levels.set(line, value);
        fake.onWrite?.(line, value);
      },
      read: () => levels.get(line) ?? 0,
      watch: (listener) => void listeners.set(line, listener),
      close() {
        open.delete(line);
        listeners.delete(line);
      },
    };
  }
  return fake satisfies GpioLines;
}
