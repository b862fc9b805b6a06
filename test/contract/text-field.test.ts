import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstInvalidCharacter, textFieldSchema } from '../../src/contract/text-field.ts';

/** As the vendor lists them, by kind. */
const valid = [
  ...'0123456789',
  ...'abcdefghijklmnopqrstuvwxyz',
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ...' æÆøØåÅäÄöÖšŠžŽâÂàÀáÁãÃéÉêÊëËèÈíÍîÎïÏìÌüÜûÛùÙúÚôÔòÒóÓõÕÿýÝñÑ',
  ...',!"#$%&\'()*+-./:;<=>?@[\\]^_`{|}~',
  ...'¦¯¨´×«»ðþçß¤ÇµÐÞ±°ªº©§¶¼½¾¬®¢£¥¡¿¹²³',
];

function complaint(text: unknown): string | undefined {
  return textFieldSchema.safeParse(text).error?.issues[0]?.message;
}

describe('a text field', () => {
  test('takes every valid character, 36 of them at a time', () => {
    for (let at = 0; at < valid.length; at += 36) {
      expect(complaint(valid.slice(at, at + 36).join(''))).toBeUndefined();
    }
  });

  test('takes no other character of Unicode', () => {
    const taken = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCodePoint(code)).filter(
      (character) => firstInvalidCharacter(character) === undefined,
    );
    expect(taken).toEqual([...new Set(valid)].sort());
    expect(firstInvalidCharacter('🍞')).toBe('🍞');
  });

  test('names the first character that does not belong, and its place', () => {
    const strange = fc.constantFrom('€', '→', '\n', '\u200b', '–', '🍞', '“', '\u00a0');
    const fine = fc.array(fc.constantFrom(...valid), { maxLength: 17 });
    fc.assert(
      fc.property(fine, strange, fine, (before, character, after) => {
        const said = complaint([...before, character, ...after].join(''));
        expect(said).toContain(`${JSON.stringify(character)} (U+`);
        expect(said).toContain(`at place ${before.length + 1} is`);
      }),
    );
  });

  test('says how long it may be, and how long it is', () => {
    expect(complaint('x'.repeat(36))).toBeUndefined();
    expect(complaint('x'.repeat(37))).toBe('must be at most 36 characters; it has 37');
    expect(complaint('')).toBe('must not be empty');
  });
});
