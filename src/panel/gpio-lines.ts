import { TerminalError } from '../terminal-error.ts';
import { sysfsLine } from './gpio-chip.ts';

/** One line of a GPIO chip. */
export interface GpioLine {
  /** 1: high. */
  write(value: 0 | 1): void;
  /** What a pressed button makes of it: 1 when the line is in its active state. */
  read(): 0 | 1;
  /** Told of each change of `read`. */
  watch(listener: (error: unknown, value: 0 | 1) => void): void;
  close(): void;
}

/** Opens lines by the label of their chip and their number on it. Throws what the system says. */
export interface GpioLines {
  output(label: string, line: number): GpioLine;
  input(label: string, line: number, activeLow: boolean): GpioLine;
}

/**
 * The package onoff, which is native and so optional.
 * @throws TerminalError `config-invalid` when it is not installed
 */
export async function loadGpioLines(key: string): Promise<GpioLines> {
  const { Gpio } = await import('onoff').catch((error: unknown) => {
    throw new TerminalError(
      'config-invalid',
      `${key}: the driver onoff needs the package onoff, which is not installed or was built for another Node. Run: npm install onoff`,
      { cause: error },
    );
  });
  return {
    output(label, line) {
      // `low` writes the level together with the direction: no light flashes at start.
      return lineOf(new Gpio(sysfsLine(label, line), 'low'));
    },
    input(label, line, activeLow) {
      return lineOf(new Gpio(sysfsLine(label, line), 'in', 'both', { activeLow }));
    },
  };
}

function lineOf(gpio: import('onoff').Gpio): GpioLine {
  return {
    write: (value) => gpio.writeSync(value),
    read: () => gpio.readSync(),
    watch: (listener) => gpio.watch(listener),
    close: () => gpio.unexport(),
  };
}
