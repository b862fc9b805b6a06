import type { ButtonAction, ButtonName } from '../contract/device.ts';

/** Both are held when the second long press comes so soon after the first. */
const TOGETHER_MS = 1000;

/** Recognises a long press of both buttons: whoever does that wants the service screen. */
export function createServiceGesture() {
  let last: { button: ButtonName; atMs: number } | undefined;
  /** @param nowMs monotonic */
  return (button: ButtonName, action: ButtonAction, nowMs: number): boolean => {
    const both =
      action === 'long-press' &&
      last !== undefined &&
      last.button !== button &&
      nowMs - last.atMs <= TOGETHER_MS;
    last = action === 'long-press' && !both ? { button, atMs: nowMs } : undefined;
    return both;
  };
}
