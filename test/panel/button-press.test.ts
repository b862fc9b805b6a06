import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buttonAtFirst, lookAtButton } from '../../src/panel/button-press.ts';

/** `[ms, down]`: the contact changes at a time. */
type Change = readonly [number, boolean];

/** Plays a contact against the clock, as the driver does: at each change, and when it was asked to. */
function played(changes: readonly Change[], untilMs: number, down = false) {
  let state = buttonAtFirst(down, 0);
  const heard: string[] = [];
  let again: number | null = null;
  let contact = down;
  const look = (nowMs: number) => {
    const step = lookAtButton(state, contact, nowMs);
    state = step.state;
    again = step.againInMs === null ? null : nowMs + step.againInMs;
    if (step.action !== null) heard.push(`${step.action} at ${nowMs}`);
  };
  for (const [atMs, next] of [...changes, [untilMs, undefined] as const]) {
    while (again !== null && again <= atMs) look(again);
    if (next === undefined) break;
    contact = next;
    look(atMs);
  }
  return heard;
}

/** A contact that closes or opens with bounces, over some ms. */
const bouncing = (atMs: number, to: boolean): Change[] =>
  [0, 1, 3, 4, 9, 11, 12].map((offset, index) => [atMs + offset, index % 2 === 0 ? to : !to]);

describe('a button', () => {
  it('is pressed once, when it is let go, however it bounces', () => {
    expect(played([...bouncing(100, true), ...bouncing(300, false)], 5000)).toEqual([
      'press at 342',
    ]);
  });

  it('held for two seconds is a long press at once, and nothing when it is let go', () => {
    expect(played([...bouncing(100, true), ...bouncing(4000, false)], 9000)).toEqual([
      'long-press at 2112',
    ]);
  });

  it('that is stuck is one long press for ever', () => {
    expect(played([[100, true]], 86_400_000)).toEqual(['long-press at 2100']);
  });

  it('that was held at the start is nothing until it was let go', () => {
    expect(played([], 60_000, true)).toEqual([]);
    const later: Change[] = [
      [5000, false],
      [6000, true],
      [6200, false],
    ];
    expect(played(later, 9000, true)).toEqual(['press at 6230']);
  });

  it('is not pressed by a spark, nor let go by one', () => {
    expect(
      played(
        [
          [100, true],
          [120, false],
        ],
        5000,
      ),
    ).toEqual([]);
    const flicker: Change[] = [
      [100, true],
      [500, false],
      [520, true],
      [900, false],
    ];
    expect(played(flicker, 5000)).toEqual(['press at 930']);
  });

  it('pressed twice is two presses', () => {
    const twice = [
      ...bouncing(100, true),
      ...bouncing(200, false),
      ...bouncing(300, true),
      ...bouncing(400, false),
    ];
    expect(played(twice, 5000)).toHaveLength(2);
  });

  it('whatever its contact does, gives at most one report for each time it stood closed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 40 }), (waits) => {
        let atMs = 0;
        const changes = waits.map((wait, index): Change => {
          atMs += wait;
          return [atMs, index % 2 === 0];
        });
        const stood = changes.filter(
          ([from, down], index) => down && (changes[index + 1]?.[0] ?? Infinity) - from >= 30,
        );
        expect(played(changes, atMs + 10_000).length).toBeLessThanOrEqual(stood.length);
      }),
    );
  });
});
