import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { consoleUnderTest } from './harness.ts';

const page = readFileSync('docs/console.md', 'utf8');

test('docs/console.md names the metrics that there are', async () => {
  const { get } = await consoleUnderTest();
  const { text } = await get('/metrics');
  const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
  const named = [...page.matchAll(/^\| `((?:beacon|process)_\w+)/gm)].map(([, name]) => name);
  expect(named.toSorted()).toEqual(names.toSorted());
});
