import { expect, test } from 'vitest';
import { version } from '../src/version.ts';

test('the version MobilePay is told is Major.Minor.Build, as it demands, and nothing more', () => {
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
