import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSerialLine, type SerialTrouble } from '../../src/serial/serial-line.ts';
import { createPtyPair, type PtyPair, skipWithoutSocat } from './pty-pair.ts';

const LONGER_THAN_A_WRITE_MAY_TAKE_MS = 3_500;

describe.skipIf(skipWithoutSocat)('a serial line (needs socat)', () => {
  let cable: PtyPair | undefined;
  afterEach(async () => cable?.dispose());

  it('is not given up because the process was busy with itself', async () => {
    const plugged = await createPtyPair();
    cable = plugged;
    const troubles: (SerialTrouble | null)[] = [];
    const line = createSerialLine({
      path: plugged.port,
      baudRate: 9600,
      logger: pino({ level: 'silent' }),
      onTrouble: (trouble) => troubles.push(trouble),
    });
    await line.tried;
    const written = line.write(Buffer.from('Velkommen'));
    // As while programs are loaded.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LONGER_THAN_A_WRITE_MAY_TAKE_MS);
    await written;
    await vi.waitFor(() => expect(plugged.received().toString()).toBe('Velkommen'));
    expect(troubles).toEqual([null]);
    await line.close();
  });
});
