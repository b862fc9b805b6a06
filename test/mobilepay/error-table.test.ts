import { expect, test } from 'vitest';
import { refusalMessage } from '../../src/mobilepay/error-table.ts';

/** Every code that PoS V10 names. */
const codes = [
  ...[1000, 1001, 1002, 1004, 1099, 1100, 1102, 1109, 1110, 1111, 1112, 1113, 1114, 1116, 1117],
  ...[1119, 1120, 1121, 1122, 1151, 1152, 1153, 1155, 1156, 1157, 1159, 1160, 1161, 1162, 1163],
  ...[1164, 1182, 1200, 1202, 1204, 1300, 1301, 1303, 1304, 1305, 1306, 1307, 1308, 1351, 1352],
  ...[1354, 1365, 1366, 1367, 1368, 1400, 1401, 1402, 1403, 1406, 1407, 1408, 1409, 1410, 1411],
  ...[2000, 2500, 2999],
];

test('every code of the platform has words of its own', () => {
  const unknown = refusalMessage('9999', null);
  for (const code of codes)
    expect(refusalMessage(String(code), null), String(code)).not.toBe(unknown);
});

test('a code nobody has heard of is said to be one, and names of object members are no codes', () => {
  expect(refusalMessage('9999', null)).toMatch(/unknown reason/);
  expect(refusalMessage('toString', null)).toBe(refusalMessage('9999', null));
});

test('what MobilePay says is quoted, but not at any length', () => {
  expect(refusalMessage('1301', 'busy')).toMatch(/another payment is active.*MobilePay: busy/);
  expect(refusalMessage('1301', 'x'.repeat(10_000)).length).toBeLessThan(300);
});
