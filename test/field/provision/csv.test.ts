import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../src/field/provision/csv.ts';

describe('a CSV text', () => {
  it.each([
    [
      'rows of fields',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'no line break at the end',
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'line breaks of Windows, and a byte order mark',
      '\uFEFFa,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'quotes around a comma, a quote and a line break',
      'a\n"x, ""y""\nz"\n',
      [['a'], ['x, "y"\nz']],
    ],
    [
      'a semicolon where the header has no comma',
      'a;b\n1,5;2\n',
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    [
      'empty fields, also the last one',
      'a,b,c\n,2,\n1,,',
      [
        ['a', 'b', 'c'],
        ['', '2', ''],
        ['1', '', ''],
      ],
    ],
    [
      'empty lines, which are no rows',
      'a,b\n\n,\n1,2\n\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'spaces around fields',
      'a , b\n 1, 2 \n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['nothing', '', []],
  ])('has %s', (_what, text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });

  it.each([
    ['is not closed', 'a\n"x\n', /line 2.*quote/],
    ['ends within a field', 'a\n1\n"x"y\n', /line 3.*quote/],
  ])('whose quote %s is refused, with its line', (_what, text, message) => {
    expect(() => parseCsv(text)).toThrow(message);
  });
});
