import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const page = readFileSync('docs/security.md', 'utf8');

test('docs/security.md names proofs that there are', () => {
  const named = [...page.matchAll(/`((?:test|systemd|src)\/[\w./-]+)`/g)].map(
    ([, path = '']) => path,
  );
  const linked = [...page.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, file = '']) =>
    join('docs', file),
  );
  expect(named.length).toBeGreaterThan(30);
  for (const path of [...named, ...linked]) expect([path, existsSync(path)]).toEqual([path, true]);
});
