import { describe, expect, it } from 'vitest';
import { createDeviceFaults } from '../src/device-faults.ts';

function heardFrom(faults: ReturnType<typeof createDeviceFaults>) {
  const heard: string[] = [];
  faults.connect((code, present) => heard.push(`${code} ${present ? 'raised' : 'cleared'}`));
  return heard;
}

describe('faults of several devices', () => {
  it('are cleared only when no device has them any more', () => {
    const faults = createDeviceFaults();
    const heard = heardFrom(faults);
    const [lights, radio] = [faults.reporter(), faults.reporter()];
    lights('no-permission', true);
    radio('no-permission', true);
    lights('no-permission', false);
    expect(heard).toEqual(['no-permission raised']);
    radio('no-permission', false);
    expect(heard).toEqual(['no-permission raised', 'no-permission cleared']);
  });

  it('are told once, however often a device says so', () => {
    const faults = createDeviceFaults();
    const heard = heardFrom(faults);
    const lights = faults.reporter();
    lights('gpio-missing', false);
    lights('gpio-missing', true);
    lights('gpio-missing', true);
    expect(heard).toEqual(['gpio-missing raised']);
  });

  it('are told when somebody begins to listen, if they are still there', () => {
    const faults = createDeviceFaults();
    const display = faults.reporter();
    display('display-unreachable', true);
    display('no-permission', true);
    display('no-permission', false);
    expect(heardFrom(faults)).toEqual(['display-unreachable raised']);
  });
});
