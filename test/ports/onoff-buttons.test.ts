import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOnoffButtons } from '../../src/panel/onoff-buttons.ts';
import { createFakeGpio } from '../panel/fake-gpio.ts';
import { buttonsContract } from './buttons-contract.ts';

const lines = { pay: 5, cancel: 6 };

function made(gpio = createFakeGpio()) {
  const reports: unknown[] = [];
  const buttons = createOnoffButtons({
    gpio,
    chip: 'pinctrl-bcm2711',
    lines,
    activeLow: true,
    report: (error) => void reports.push(error),
  });
  return { gpio, buttons, reports };
}

describe('with time in hand', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  buttonsContract('buttons at GPIO lines', async () => {
    const { gpio, buttons } = made();
    return {
      buttons,
      async press(button, action) {
        gpio.move(lines[button], 1);
        await vi.advanceTimersByTimeAsync(action === 'press' ? 200 : 2500);
        gpio.move(lines[button], 0);
        await vi.advanceTimersByTimeAsync(100);
      },
    };
  });

  it('a chip that is missing is reported, and the buttons work when it is there', async () => {
    const gpio = createFakeGpio();
    gpio.trouble = new Error('no such chip');
    const { buttons, reports } = made(gpio);
    const heard: string[] = [];
    buttons.onPress((button) => heard.push(button));
    expect(reports).toEqual([gpio.trouble]);
    gpio.trouble = undefined;
    await vi.advanceTimersByTimeAsync(5000);
    expect(reports.at(-1)).toBeUndefined();
    gpio.move(6, 1);
    await vi.advanceTimersByTimeAsync(100);
    gpio.move(6, 0);
    await vi.advanceTimersByTimeAsync(100);
    expect(heard).toEqual(['cancel']);
    await buttons.close();
    expect(gpio.open.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
