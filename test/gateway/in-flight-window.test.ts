import { expect, test } from 'vitest';
import { createInFlightWindow } from '../../src/gateway/in-flight-window.ts';

test('no more run at once than there is room for, and the others follow in order', () => {
  const window = createInFlightWindow(2);
  const begun: number[] = [];
  const leave: (() => void)[] = [];
  for (const n of [0, 1, 2, 3]) {
    window.enter((done) => {
      begun.push(n);
      leave[n] = done;
    });
  }
  expect(begun).toEqual([0, 1]);
  leave[1]?.();
  expect(begun).toEqual([0, 1, 2]);
  leave[0]?.();
  leave[2]?.();
  expect(begun).toEqual([0, 1, 2, 3]);
});

test('one that leaves as it enters lets the next in', () => {
  const window = createInFlightWindow(1);
  let count = 0;
  let release = () => {};
  window.enter((leave) => {
    release = leave;
  });
  for (let n = 0; n < 3; n += 1) {
    window.enter((leave) => {
      count += 1;
      leave();
    });
  }
  release();
  expect(count).toBe(3);
});
