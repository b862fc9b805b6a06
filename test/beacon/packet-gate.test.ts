import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgePacket } from '../../src/beacon/radio/packet-gate.ts';

const ATT = 4;
const hex = (packet: string, channel = ATT) =>
  judgePacket(channel, Buffer.from(packet, 'hex'))?.toString('hex') ?? 'let through';

it.each([
  ['a read', '0a0c00', 'let through'],
  ['a search for our service', `08${'0100ffff'}${'00'.repeat(16)}`, 'let through'],
  ['a prepared write up to 512 bytes', `161200fe010102`, 'let through'],
  ['a prepared write beyond', `161200ff010102`, '0116000009'],
  ['a read that is too long', '0a0c0000', '010a000004'],
  ['a write without response', '5212000102', ''],
  ['nothing', '', ''],
])('judges %s', (_, packet, answer) => {
  expect(hex(packet)).toBe(answer);
});

it('knows no other channel than ATT, and refuses to pair', () => {
  expect(hex('0a0c00', 0x40)).toBe('');
  expect(hex('01', 6)).toBe('0505');
});

it('lets through nothing that bleno would read beyond its end', () => {
  const least: Record<number, number> = {
    2: 3,
    4: 5,
    6: 8,
    8: 7,
    10: 3,
    12: 5,
    16: 7,
    18: 3,
    22: 5,
    24: 2,
    30: 1,
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (packet) => {
      const answer = judgePacket(ATT, Buffer.from(packet));
      if (answer === null) expect(packet.length).toBeGreaterThanOrEqual(least[packet[0] ?? 0] ?? 1);
      else expect([0, 5]).toContain(answer.length);
    }),
    { numRuns: 2000 },
  );
});
