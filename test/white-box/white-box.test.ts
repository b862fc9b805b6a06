import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createWhiteBox } from '../../src/white-box/white-box.ts';
import { createPtyPair, skipWithoutSocat } from '../serial/pty-pair.ts';

describe.skipIf(skipWithoutSocat)('the white box at a serial port (needs socat)', () => {
  async function plugged() {
    const cable = await createPtyPair();
    const logs: string[] = [];
    const whiteBox = createWhiteBox({
      port: cable.port,
      logger: pino({}, { write: (line: string) => void logs.push(line) }),
      reportFault: () => {},
    });
    onTestFinished(async () => {
      await whiteBox.close();
      await cable.dispose();
    });
    const opened = (times: number) =>
      vi.waitUntil(() => logs.filter((line) => line.includes('port is open')).length === times);
    await opened(1);
    /** Asks as a register does: again when nothing comes. */
    const ask = async (command: string) => {
      const before = cable.received().length;
      cable.send(Buffer.from(command, 'latin1'));
      await vi.waitUntil(() => cable.received().subarray(before).includes('\n'));
      return cable.received().subarray(before).toString('latin1');
    };
    return { cable, whiteBox, ask, opened };
  }

  it('answers with the id the point of sale has now', async () => {
    const { whiteBox, ask } = await plugged();
    expect(await ask('AT+BEACONID=?\r')).toBe('ERROR\r\n');
    whiteBox.setBeaconId('123456789012345');
    expect(await ask('AT+BEACONID=?\r')).toBe('123456789012345\r\n');
    whiteBox.setBeaconId('543210987654321');
    expect(await ask('AT+BEACONID=?\r')).toBe('543210987654321\r\n');
  });

  it('survives noise of every byte', async () => {
    const { whiteBox, ask } = await plugged();
    whiteBox.setBeaconId('123456789012345');
    const every = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    expect(await ask(`${every}\r`)).toMatch(/^(ERROR\r\n)+$/);
    expect(await ask('AT+BEACONID=?\r')).toBe('123456789012345\r\n');
  });

  it('answers again after the cable was out', async () => {
    const { cable, whiteBox, ask, opened } = await plugged();
    whiteBox.setBeaconId('123456789012345');
    await cable.unplug();
    await cable.plug();
    await opened(2);
    expect(await ask('AT+BEACONID=?\r')).toBe('123456789012345\r\n');
  });
});
