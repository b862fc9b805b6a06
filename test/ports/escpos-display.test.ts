import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DisplayContent } from '../../src/contract/device.ts';
import { createEscposDisplay } from '../../src/panel/escpos-display.ts';
import { EpsonDisplay } from '../panel/epson-display.ts';
import { createPtyPair, type PtyPair, skipWithoutSocat } from '../serial/pty-pair.ts';
import { displayContract } from './display-contract.ts';

const logger = pino({ level: 'silent' });

/** The driver at one end of a cable, an Epson at the other. */
function attach(cable: PtyPair) {
  const faults = new Set<string>();
  const display = createEscposDisplay({
    port: cable.port,
    baudRate: 9600,
    model: 'epson',
    logger,
    refreshMs: 200,
    reportFault: (code, present) => void (present ? faults.add(code) : faults.delete(code)),
  });
  const lines = () => new EpsonDisplay().feed(cable.received()).lines;
  return { display, faults, lines };
}

const content: DisplayContent = {
  scene: 'approved',
  title: 'Godkendt',
  detail: 'Tak',
  amount: '12,50\u00a0kr.',
  qr: null,
  lines: null,
};

describe.skipIf(skipWithoutSocat)('over a serial cable (needs socat)', () => {
  displayContract('a customer display', async () => {
    const cable = await createPtyPair();
    const { display, lines } = attach(cable);
    let shown: DisplayContent | null = null;
    return {
      display: {
        async show(next) {
          await display.show(next);
          shown = next;
        },
        close: () => display.close(),
      },
      async look() {
        if (shown === null) return null;
        // What is on the wire arrives in its own time; the same picture is looked at twice.
        let before = '';
        await vi.waitUntil(() => {
          const now = lines().join('\n');
          const settled = now === before && now.trim() !== '';
          before = now;
          return settled;
        });
        return { text: before };
      },
      dispose: () => cable.dispose(),
    };
  });

  async function plugged() {
    const cable = await createPtyPair();
    const attached = attach(cable);
    onTestFinished(async () => {
      await attached.display.close();
      await cable.dispose();
    });
    return { cable, ...attached };
  }

  it('a display that is unplugged is a fault, and heals with the newest picture', async () => {
    const { cable, display, faults, lines } = await plugged();
    await display.show(content);
    await vi.waitUntil(() => lines()[0]?.startsWith('Godkendt'));
    expect([...faults]).toEqual([]);
    await cable.unplug();
    await vi.waitUntil(() => faults.has('display-unreachable'));
    await display.show({ ...content, title: 'Vent venligst' });
    await cable.plug();
    await vi.waitUntil(() => faults.size === 0);
    await vi.waitUntil(() => lines()[0] === 'Vent venligst       ');
    expect(lines()[1]).toBe('           12,50 kr.');
  });

  it('a display that is not there at first is shown to when it comes', async () => {
    const { cable, display, faults } = await plugged();
    await display.close();
    await cable.unplug();
    const later = attach(cable);
    onTestFinished(() => later.display.close());
    await later.display.show(content);
    expect([...later.faults]).toEqual(['display-unreachable']);
    await cable.plug();
    await vi.waitUntil(() => later.lines()[0]?.startsWith('Godkendt'));
    expect([...later.faults]).toEqual([]);
    expect([...faults]).toEqual([]);
  });

  it('a display that was switched off and on again shows the same without being told', async () => {
    const { cable, display, lines } = await plugged();
    await display.show(content);
    await vi.waitUntil(() => lines()[0]?.startsWith('Godkendt'));
    const before = cable.received().length;
    await vi.waitUntil(() => {
      const since = cable.received().subarray(before);
      return new EpsonDisplay().feed(since).lines[1] === '           12,50 kr.';
    });
  });

  it('a port that another program holds is unreachable', async () => {
    const { cable, display } = await plugged();
    await display.show(content);
    const second = attach(cable);
    onTestFinished(() => second.display.close());
    await second.display.show(content);
    expect([...second.faults]).toEqual(['display-unreachable']);
  });
});
