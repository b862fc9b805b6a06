import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanResponse } from '../../../src/beacon/advert/scan-response.ts';
import { structuresOf } from './received.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const shortened = 0x08;
const complete = 0x09;

describe('the scan response', () => {
  it('carries the whole name of a terminal that nobody can connect to', () => {
    expect(hex(scanResponse('Kasse 1', { connectable: false }))).toBe('08094b617373652031');
  });

  it('carries the service first where there is one', () => {
    expect(hex(scanResponse('Kasse 1', { connectable: true }))).toBe(
      '11074106e37bd21688ba0b48ce610100d4b408094b617373652031',
    );
  });

  it('cuts a long name at a character, and says that it is cut', () => {
    const structures = structuresOf(scanResponse('Kaffe på øen', { connectable: true }));
    // Its eleven bytes would end within the ø.
    expect(structures.get(shortened)?.toString()).toBe('Kaffe på ');
    expect(structures.has(complete)).toBe(false);
  });

  it('has no name where there is none', () => {
    expect(scanResponse('', { connectable: false })).toHaveLength(0);
  });
});

it('any name gives at most 31 bytes and the beginning of itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (name, connectable) => {
      const response = scanResponse(name, { connectable });
      expect(response.length).toBeLessThanOrEqual(31);
      const structures = structuresOf(response);
      const whole = structures.get(complete)?.toString();
      const part = structures.get(shortened)?.toString() ?? '';
      if (whole === undefined) {
        expect(name.startsWith(part)).toBe(true);
        expect(part).not.toContain('\uFFFD');
      } else {
        expect(whole).toBe(name);
      }
    }),
  );
});
