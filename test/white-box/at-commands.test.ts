import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAtInterpreter } from '../../src/white-box/at-commands.ts';

const id = '123456789012345';
const bytes = (text: string) => Buffer.from(text, 'latin1');
const asked = (text: string, beaconId: string | null = id) =>
  createAtInterpreter(() => beaconId).take(bytes(text), 0);

describe('the white box', () => {
  it('tells its id to whoever asks, in one piece or byte by byte, with or without LF', () => {
    expect(asked('AT+BEACONID=?\r')).toBe(`${id}\r\n`);
    expect(asked('AT+BEACONID=?\r\nAT+BEACONID=?\r\n')).toBe(`${id}\r\n${id}\r\n`);
    const slow = createAtInterpreter(() => id);
    const answers = [...'AT+BEACONID=?\r'].map((byte, index) =>
      slow.take(bytes(byte), index * 900),
    );
    expect(answers.join('')).toBe(`${id}\r\n`);
  });

  it('is there: AT is OK', () => {
    expect(asked('AT\r')).toBe('OK\r\n');
  });

  it.each([
    'AT+BEACONID\r',
    'AT+BEACONID=1\r',
    'at+beaconid=?\r',
    'AT+RESET\r',
    'ATZ\r',
    ' AT\r',
    '\u0000\r',
    `${'A'.repeat(10_000)}\r`,
    `${'AT+BEACONID=?'.repeat(50)}\r`,
  ])('answers ERROR to %j', (text) => {
    expect(asked(text)).toBe('ERROR\r\n');
  });

  it('answers ERROR while it has no id of 15 digits', () => {
    expect(asked('AT+BEACONID=?\r', null)).toBe('ERROR\r\n');
    expect(asked('AT+BEACONID=?\r', 'a1b2c3d4-e5f6-4711-8899-aabbccddeeff')).toBe('ERROR\r\n');
  });

  it('says nothing until a line ends', () => {
    expect(asked('AT+BEACONID=?')).toBe('');
    expect(asked('\r\r\n')).toBe('');
  });

  it('forgets noise that a second has passed over', () => {
    const commands = createAtInterpreter(() => id);
    commands.take(bytes('\u00ff\u0000~~'), 0);
    expect(commands.take(bytes('AT+BEACONID=?\r'), 1001)).toBe(`${id}\r\n`);
    commands.take(bytes('~'), 2002);
    expect(commands.take(bytes('AT+BEACONID=?\r'), 2500)).toBe('ERROR\r\n');
  });

  it('after any noise still answers, and never tells more than it should', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (noise) => {
        const commands = createAtInterpreter(() => id);
        for (const part of noise) {
          for (const line of commands.take(part, 0).split('\r\n')) {
            expect(['', 'OK', 'ERROR', id]).toContain(line);
          }
        }
        commands.take(bytes('\r'), 0);
        expect(commands.take(bytes('AT+BEACONID=?\r'), 0)).toBe(`${id}\r\n`);
      }),
    );
  });
});
