import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultCodes } from '../../../src/contract/faults.ts';
import { checkNames } from '../../../src/field/doctor/check-names.ts';
import { allChecks } from '../../../src/field/doctor/checks.ts';

const page = readFileSync('docs/doctor.md', 'utf8');
/** Name, what it looks at, what fails it, what to do. */
const rows = (page.split('\n## Checks\n')[1]?.split('\n## ')[0] ?? '')
  .split('\n')
  .filter((line) => /^\| `[\w-]+` \|/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('docs/doctor.md', () => {
  it('has a row for every check, in the order of the page, and nothing left blank', () => {
    expect(allChecks.map(({ name }) => name)).toEqual([...checkNames]);
    expect(rows.map(([name]) => name)).toEqual(checkNames.map((name) => `\`${name}\``));
    for (const row of rows) {
      expect(row, row[0]).toHaveLength(4);
      for (const cell of row) expect(cell, row[0]).not.toBe('');
    }
  });

  it('names faults that exist', () => {
    const named = [...page.matchAll(/fault `([\w-]+)`/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !(faultCodes as readonly string[]).includes(name ?? ''))).toEqual(
      [],
    );
  });

  it('says of each check what must be well before it, and its time limit where it is its own', () => {
    for (const { name, needs = [], limitMs } of allChecks) {
      const [, looksAt = ''] = rows.find(([cell]) => cell === `\`${name}\``) ?? [];
      const limit = /; (\d+) s$/.exec(looksAt)?.[1];
      expect(limit, name).toBe(limitMs === undefined ? undefined : String(limitMs / 1000));
      for (const other of needs) expect(looksAt, name).toContain(`needs \`${other}\``);
    }
  });
});
