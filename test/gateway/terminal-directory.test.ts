import { beforeEach, expect, test } from 'vitest';
import type { TerminalDirectory } from '../../src/gateway/terminal-directory.ts';
import { createTerminalDirectory } from '../../src/gateway/terminal-directory.ts';
import { infoOf } from './harness.ts';

const P1 = '0f8fad5b-d9cb-469f-a165-70867728950e';
const P2 = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

let directory: TerminalDirectory;
beforeEach(() => {
  directory = createTerminalDirectory();
});
const idsOf = (posId: string) => directory.terminalsOf(posId).map(({ terminalId }) => terminalId);

test('a terminal is found by the PosId of its info, whatever the case of either', () => {
  directory.note('till-1', bytes(infoOf('till-1', P1.toUpperCase())));
  expect(directory.terminalsOf(P1)).toEqual([{ terminalId: 'till-1', posId: P1.toUpperCase() }]);
  expect(directory.terminalsOf(P2)).toEqual([]);
});

test('a terminal that gets another point of sale leaves the old one', () => {
  directory.note('till-1', bytes(infoOf('till-1', P1)));
  directory.note('till-1', bytes(infoOf('till-1', P2)));
  expect([idsOf(P1), idsOf(P2), directory.size]).toEqual([[], ['till-1'], 1]);
});

test('a cleared info, and one without a point of sale, take the terminal out', () => {
  directory.note('till-1', bytes(infoOf('till-1', P1)));
  directory.note('till-2', bytes(infoOf('till-2', P2)));
  expect(directory.note('till-1', Buffer.alloc(0))).toBe(true);
  expect(directory.note('till-2', bytes(infoOf('till-2', null)))).toBe(true);
  expect([idsOf(P1), idsOf(P2), directory.size]).toEqual([[], [], 0]);
});

test('two terminals that name one point of sale are both found until one leaves', () => {
  directory.note('till-1', bytes(infoOf('till-1', P1)));
  directory.note('till-2', bytes(infoOf('till-2', P1.toUpperCase())));
  expect(idsOf(P1)).toEqual(['till-1', 'till-2']);
  directory.note('till-1', Buffer.alloc(0));
  expect(idsOf(P1)).toEqual(['till-2']);
});

test('an info of a later version is understood by its PosId', () => {
  expect(directory.note('till-1', bytes({ posId: P1, colour: 'blue' }))).toBe(true);
  expect(idsOf(P1)).toEqual(['till-1']);
});

test.each(['{', '[]', '"x"', '{}', '{"posId":7}', '{"posId":""}'])(
  '%s is no info, and the terminal is not believed to be where it was',
  (text) => {
    directory.note('till-1', bytes(infoOf('till-1', P1)));
    expect(directory.note('till-1', Buffer.from(text))).toBe(false);
    expect(idsOf(P1)).toEqual([]);
  },
);
