import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DisplayContent } from '../../src/contract/device.ts';
import { joinButtons } from '../../src/panel/joined-buttons.ts';
import { createNextionDisplay } from '../../src/panel/nextion-display.ts';
import { createNoButtons } from '../../src/panel/no-panel.ts';
import { NextionPanel } from '../panel/nextion-panel.ts';
import { createPtyPair, type PtyPair, skipWithoutSocat } from '../serial/pty-pair.ts';
import { buttonsContract } from './buttons-contract.ts';
import { displayContract } from './display-contract.ts';

const END = [0xff, 0xff, 0xff];
const components = { pay: 6, cancel: 7 };
const touch = (button: 'pay' | 'cancel', pressed: boolean) =>
  Uint8Array.from([0x65, 0, components[button], pressed ? 1 : 0, ...END]);
const content: DisplayContent = {
  scene: 'approved',
  title: 'Godkendt',
  detail: 'Tak',
  amount: '12,50\u00a0kr.',
  qr: null,
  lines: null,
};

function attach(cable: PtyPair, refreshMs = 10_000) {
  const faults = new Set<string>();
  const { display, buttons } = createNextionDisplay({
    port: cable.port,
    baudRate: 9600,
    logger: pino({ level: 'silent' }),
    refreshMs,
    answerTimeoutMs: 50,
    reportFault: (code, present) => void (present ? faults.add(code) : faults.delete(code)),
  });
  return { display, buttons, faults, panel: () => new NextionPanel().feed(cable.received()) };
}

describe.skipIf(skipWithoutSocat)('over a serial cable (needs socat)', () => {
  displayContract('a Nextion', async () => {
    const cable = await createPtyPair();
    const { display, panel } = attach(cable);
    let shown = false;
    return {
      display: {
        async show(next) {
          await display.show(next);
          shown = true;
        },
        close: () => display.close(),
      },
      async look() {
        if (!shown) return null;
        let before = '';
        await vi.waitUntil(() => {
          const now = JSON.stringify(panel());
          const settled = now === before && panel().text.trim() !== '';
          before = now;
          return settled;
        });
        return { text: panel().text, qr: panel().qr };
      },
      dispose: () => cable.dispose(),
    };
  });

  buttonsContract('the fields of a Nextion', async () => {
    const cable = await createPtyPair();
    const { display, buttons } = attach(cable);
    const joined = joinButtons(createNoButtons(), buttons);
    await display.show(content);
    await vi.waitUntil(() => cable.received().length > 0);
    let heard = 0;
    joined.onPress(() => {
      heard += 1;
    });
    let closed = false;
    return {
      buttons: {
        onPress: joined.onPress,
        async close() {
          closed = true;
          await joined.close();
        },
      },
      async press(button, action) {
        const before = heard;
        const isHeard = () => vi.waitUntil(() => closed || heard > before);
        cable.send(touch(button, true));
        // It stays on the field until that is called long.
        if (action === 'long-press') await isHeard();
        cable.send(touch(button, false));
        await isHeard();
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
      async dispose() {
        await display.close();
        await cable.dispose();
      },
    };
  });

  it('a touch is a press however late it is heard of, beginning and end at once', async () => {
    const { cable, display, buttons } = await plugged();
    const heard: string[] = [];
    buttons.onPress((button, action) => heard.push(`${button} ${action}`));
    await display.show(content);
    await vi.waitUntil(() => cable.received().length > 0);
    for (const pressed of [true, false, true, false]) cable.send(touch('cancel', pressed));
    await vi.waitUntil(() => heard.length >= 2);
    expect(heard).toEqual(['cancel press', 'cancel press']);
  });

  async function plugged(refreshMs?: number) {
    const cable = await createPtyPair();
    const attached = attach(cable, refreshMs);
    onTestFinished(async () => {
      await attached.display.close();
      await cable.dispose();
    });
    return { cable, ...attached };
  }

  it('a display that starts anew is told everything again at once', async () => {
    const { cable, display, panel } = await plugged();
    await display.show(content);
    await vi.waitUntil(() => panel().page === 'terminal');
    const before = cable.received().length;
    cable.send(Uint8Array.from([0, 0, 0, ...END, 0x88, ...END]));
    await vi.waitUntil(() => {
      const again = new NextionPanel().feed(cable.received().subarray(before));
      return again.page === 'terminal' && again.text.startsWith('Godkendt');
    });
  });

  it('a display that does not answer is a fault, until it does', async () => {
    const { cable, display, faults } = await plugged(100);
    await display.show(content);
    await vi.waitUntil(() => faults.has('display-unreachable'));
    cable.send(Uint8Array.from([0x66, 0, ...END]));
    await vi.waitUntil(() => !faults.has('display-unreachable'));
  });
});
