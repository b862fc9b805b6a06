import { describe, expect, it } from 'vitest';
import { createServiceGesture } from '../../src/panel/service-gesture.ts';

describe('the gesture for the service screen', () => {
  it('is a long press of both buttons, in any order', () => {
    const gesture = createServiceGesture();
    expect(gesture('pay', 'long-press', 1000)).toBe(false);
    expect(gesture('cancel', 'long-press', 1900)).toBe(true);
    expect(gesture('cancel', 'long-press', 9000)).toBe(false);
    expect(gesture('pay', 'long-press', 9100)).toBe(true);
  });

  it('is no other press, no single button, and nothing slow', () => {
    const gesture = createServiceGesture();
    expect(gesture('pay', 'long-press', 1000)).toBe(false);
    expect(gesture('pay', 'long-press', 1500)).toBe(false);
    expect(gesture('cancel', 'press', 1600)).toBe(false);
    expect(gesture('cancel', 'long-press', 1700)).toBe(false);
    expect(gesture('pay', 'long-press', 4000)).toBe(false);
  });

  it('made once is not made again by one button more', () => {
    const gesture = createServiceGesture();
    gesture('pay', 'long-press', 1000);
    expect(gesture('cancel', 'long-press', 1100)).toBe(true);
    expect(gesture('pay', 'long-press', 1200)).toBe(false);
  });
});
