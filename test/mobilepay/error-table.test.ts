import { describe, expect, test } from 'vitest';
import { locales } from '../../src/contract/locale.ts';
import { explain, knownCodes, refusalMessage } from '../../src/mobilepay/error-table.ts';

/** Every code that PoS V10 names one by one, by what it is about. */
const codes = Object.values({
  anything: [1099, 1151, 1152, 1153, 1155, 1156, 1157, 1159, 1160, 1161, 1182],
  members: [1100, 1102, 1111, 1112, 1113, 1114, 1116, 1117, 1119, 1120],
  filters: [1109, 1110, 1121, 1122],
  keys: [1162, 1163, 1164, 1306],
  missing: [1000, 1001, 1002, 1004],
  pos: [1200, 1202, 1204],
  payments: [1300, 1301, 1303, 1304, 1305, 1307, 1308],
  refunds: [1351, 1352, 1354, 1365, 1366, 1367, 1368],
  others: [1400, 1401, 1402, 1403, 1406, 1407, 1408, 1409, 1410, 1411],
})
  .flat()
  .map(String)
  .sort();
const servers = ['2000', '2001', '2500', '2999'];
const unheardOf = ['9999', '1998', '3000', '20000', '', 'toString', '__proto__', '1301 '];

test('every code of PoS V10 has a row, and no row is for anything else', () => {
  expect([...knownCodes].sort()).toEqual(codes);
});

describe('a code', () => {
  test('means something of its own', () => {
    const meanings = [...codes, '2000', '9999'].map((code) => explain(code).meaning);
    expect(new Set(meanings).size).toBe(meanings.length);
  });

  test('of the server’s is told as such, whichever of the thousand', () => {
    for (const code of servers) expect(explain(code)).toEqual(explain('2000'));
    expect(explain('2000')).toMatchObject({
      meaning: 'MobilePay failed by itself',
      next: 'retry-later',
      error: 'rejected',
    });
  });

  test('nobody has heard of is said to be one, and names of object members are no codes', () => {
    for (const code of unheardOf) {
      expect(explain(code)).toEqual({
        meaning: 'this version does not know the reason',
        next: 'retry-later',
        error: 'rejected',
        field: null,
        setup: null,
        cashier: { da: 'Ring til support', fi: 'Soita tukeen', en: 'Call support' },
      });
    }
  });
});

describe('what is to be done', () => {
  const having = (next: string) => codes.filter((code) => explain(code).next === next);

  test('is to ask, where the code speaks of a state at MobilePay', () => {
    expect(having('ask-first')).toEqual(['1300', '1303', '1304', '1306', '1351', '1352']);
  });

  test('is to look at what blocks the PoS, for one code alone', () => {
    expect(having('clear-pos')).toEqual(['1301']);
  });

  test('is to find or make the PoS again, for the one that says it is gone', () => {
    expect(having('renew-pos')).toEqual(['1000']);
  });

  test('is to want something else only where the wish itself is at fault', () => {
    expect(having('give-up')).toEqual([
      ...['1102', '1113', '1114', '1117', '1305', '1307', '1308', '1354', '1365', '1366', '1367'],
    ]);
  });

  test('is never to drop an intent for what belongs to others, the setup or the server', () => {
    const foreign = codes.filter((code) => code.startsWith('14') || code.startsWith('115'));
    expect(foreign).toHaveLength(17);
    for (const code of [...foreign, ...servers, ...unheardOf]) {
      expect(explain(code).next, code).toBe('retry-later');
    }
  });
});

test('the register has codes of its own for amounts, captures and a busy PoS', () => {
  const own = [...codes, ...servers].filter((code) => explain(code).error !== 'rejected');
  expect(Object.fromEntries(own.map((code) => [code, explain(code).error]))).toEqual({
    1102: 'amount-not-allowed',
    1301: 'busy',
    1305: 'amount-not-allowed',
    1307: 'wrong-state',
    1308: 'partial-capture-impossible',
    1367: 'amount-not-allowed',
  });
});

test('the member of the command that is at fault is named where it is one', () => {
  const known = codes.flatMap((code) => {
    const { field } = explain(code);
    return field === null ? [] : [[code, field]];
  });
  expect(Object.fromEntries(known)).toEqual({
    1001: 'paymentId',
    1102: 'amount.value',
    1113: 'orderId',
    1114: 'refundOrderId',
    1117: 'label',
    1305: 'amount.value',
    1308: 'amount.value',
    1354: 'orderId',
    1365: 'amount.currency',
    1366: 'orderId',
    1367: 'amount.value',
  });
});

test('a code that says what of the set-up is at fault names it', () => {
  const known = codes.flatMap((code) => {
    const { setup } = explain(code);
    return setup === null ? [] : [[code, setup]];
  });
  expect(known).toEqual([
    ['1002', 'store-not-found'],
    ['1200', 'pos-id-taken'],
    ['1202', 'beacon-id-taken'],
    ['1204', 'store-not-activated'],
    ['1400', 'pos-of-another-integrator'],
    ['1403', 'store-of-another-merchant'],
    ['1409', 'pos-of-another-merchant'],
    ['1410', 'pos-of-another-merchant'],
  ]);
});

describe('what the cashier is told', () => {
  const words = [...codes, '2000', '9999'].map((code) => ({ code, ...explain(code).cashier }));

  test.each(locales)('in %s fits a line of 20 characters', (locale) => {
    for (const { code, ...said } of words) {
      expect([...said[locale]].length, `${code}: ${said[locale]}`).toBeLessThanOrEqual(20);
      expect(said[locale], code).toMatch(/^\p{Lu}[\p{L} ,]+$/u);
    }
  });

  test.each([
    ['da', /godkend/i],
    ['fi', /hyväksy/i],
    ['en', /approve/i],
  ] as const)('in %s is never mistaken for an approval', (locale, word) => {
    for (const said of words) expect(said[locale]).not.toMatch(word);
  });

  test('differs in no language where it is the same in another', () => {
    const distinct = (locale: 'da' | 'fi' | 'en') =>
      new Set(words.map((said) => said[locale])).size;
    expect([distinct('da'), distinct('fi')]).toEqual([distinct('en'), distinct('en')]);
  });

  test('says what to do where the cashier can do something', () => {
    expect(explain('1204').cashier.da).toBe('Butik ikke aktiveret');
    expect(explain('1301').cashier.en).toBe('Wait, then try again');
    expect(explain('1308').cashier.fi).toBe('Veloita koko summa');
  });
});

test('what MobilePay says is quoted, but not at any length', () => {
  expect(refusalMessage('1301', 'busy')).toMatch(/another payment is active.*MobilePay: busy/);
  expect(refusalMessage('1301', null)).toBe(explain('1301').meaning);
  expect(refusalMessage('1301', 'x'.repeat(10_000)).length).toBeLessThan(300);
});
