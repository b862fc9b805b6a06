import { afterEach, describe, expect, it } from 'vitest';
import type { ButtonAction, ButtonName } from '../../src/contract/device.ts';
import type { Buttons } from '../../src/ports.ts';

export type Press = [button: ButtonName, action: ButtonAction];

export interface ButtonsUnderTest {
  buttons: Buttons;
  /** Presses a button as a finger does, and returns when the driver has had time to notice. */
  press(...press: Press): Promise<void>;
  dispose?(): Promise<void>;
}

/** What all `Buttons` promise. `felt: false` for the driver that stands for no buttons. */
export function buttonsContract(
  name: string,
  make: () => Promise<ButtonsUnderTest>,
  { felt }: { felt: boolean } = { felt: true },
): void {
  describe(`${name} as Buttons`, () => {
    let current: ButtonsUnderTest | undefined;
    const made = async () => {
      current = await make();
      return current;
    };
    afterEach(async () => {
      await current?.buttons.close();
      await current?.dispose?.();
      current = undefined;
    });

    const finger: Press[] = [
      ['pay', 'press'],
      ['cancel', 'long-press'],
      ['cancel', 'press'],
      ['pay', 'long-press'],
    ];

    it('report each press once, in order', async () => {
      const device = await made();
      const heard: Press[] = [];
      device.buttons.onPress((...press) => heard.push(press));
      for (const press of finger) await device.press(...press);
      expect(heard).toEqual(felt ? finger : []);
    });

    it('report to every listener', async () => {
      const device = await made();
      const heard: string[] = [];
      device.buttons.onPress(() => heard.push('first'));
      device.buttons.onPress(() => heard.push('second'));
      await device.press('pay', 'press');
      expect(heard.sort()).toEqual(felt ? ['first', 'second'] : []);
    });

    it('report nothing once they are closed, and can be closed twice', async () => {
      const device = await made();
      const heard: Press[] = [];
      device.buttons.onPress((...press) => heard.push(press));
      await device.buttons.close();
      await device.buttons.close();
      await device.press('pay', 'press');
      expect(heard).toEqual([]);
    });
  });
}
