import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCharacterLcdDisplay } from '../../src/panel/character-lcd-display.ts';
import { CharLcd } from '../panel/charlcd.ts';
import { displayContract } from './display-contract.ts';

/** A plain file in the place of /dev/lcd: what was written last stands in it, from the beginning. */
function attached() {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-lcd-'));
  const device = join(folder, 'lcd');
  writeFileSync(device, '');
  const faults = new Set<string>();
  const display = createCharacterLcdDisplay({
    device,
    logger: pino({ level: 'silent' }),
    reportFault: (code, present) => void (present ? faults.add(code) : faults.delete(code)),
    refreshMs: 50,
  });
  const bytes = () => readFileSync(device);
  const dispose = async () => rmSync(folder, { recursive: true });
  return { display, device, faults, bytes, dispose };
}

displayContract('a character LCD', async () => {
  const { display, bytes, dispose } = attached();
  return {
    display,
    async look() {
      if (bytes().length === 0) return null;
      return { text: new CharLcd().feed(bytes()).lines.join('\n') };
    },
    dispose,
  };
});

describe('a character LCD that is away', () => {
  it('is a fault, makes no file of its own, and shows the newest when it is back', async () => {
    const { display, device, faults, bytes, dispose } = attached();
    onTestFinished(async () => {
      await display.close();
      await dispose();
    });
    rmSync(device);
    const content = { scene: 'idle', detail: 'Klar', amount: null, qr: null, lines: null };
    await display.show({ ...content, title: 'Starter op' });
    await display.show({ ...content, title: 'Betal med MobilePay' });
    expect([...faults]).toEqual(['display-unreachable']);
    expect(existsSync(device)).toBe(false);
    writeFileSync(device, '');
    await vi.waitUntil(() => faults.size === 0 && bytes().length > 0);
    expect(new CharLcd().feed(bytes()).lines[0]).toBe('Betal med MobilePay ');
  });
});
