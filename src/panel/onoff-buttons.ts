import type { ButtonAction, ButtonName } from '../contract/device.ts';
import type { Buttons } from '../ports.ts';
import type { ButtonState } from './button-press.ts';
import { buttonAtFirst, lookAtButton } from './button-press.ts';
import type { GpioReport } from './gpio-fault.ts';
import type { GpioLine, GpioLines } from './gpio-lines.ts';

const RETRY_MS = 5000;

/** Buttons at GPIO lines. */
export function createOnoffButtons(options: {
  gpio: GpioLines;
  chip: string;
  lines: Record<ButtonName, number>;
  /** A pressed button reads 0. */
  activeLow: boolean;
  report: GpioReport;
}): Buttons {
  const { gpio, chip, lines, activeLow, report } = options;
  const listeners: ((button: ButtonName, action: ButtonAction) => void)[] = [];
  let attended: { stop(): void }[] = [];
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  function attend(button: ButtonName, line: GpioLine) {
    let state: ButtonState = buttonAtFirst(line.read() === 1, performance.now());
    let again: NodeJS.Timeout | undefined;
    function look(value: 0 | 1): void {
      clearTimeout(again);
      const step = lookAtButton(state, value === 1, performance.now());
      ({ state } = step);
      if (step.againInMs !== null) {
        again = setTimeout(() => guarded(() => look(line.read())), Math.ceil(step.againInMs));
        again.unref();
      }
      const { action } = step;
      if (action !== null) for (const listener of listeners) listener(button, action);
    }
    line.watch((error, value) => (error ? fail(error) : look(value)));
    return {
      stop() {
        clearTimeout(again);
        line.close();
      },
    };
  }

  function open(): void {
    guarded(() => {
      for (const button of ['pay', 'cancel'] as const) {
        attended.push(attend(button, gpio.input(chip, lines[button], activeLow)));
      }
      report(undefined);
    });
  }

  function guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      fail(error);
    }
  }

  function fail(error: unknown): void {
    if (closed) return;
    report(error);
    release();
    retry = setTimeout(open, RETRY_MS);
    retry.unref();
  }

  function release(): void {
    clearTimeout(retry);
    for (const each of attended) each.stop();
    attended = [];
  }

  open();
  return {
    onPress: (listener) => void listeners.push(listener),
    async close() {
      closed = true;
      release();
    },
  };
}
