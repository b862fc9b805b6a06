import type { ButtonAction } from '../contract/device.ts';

/** A contact bounces for some ms; nothing shorter than this is a finger. */
const DEBOUNCE_MS = 30;
/** Whoever holds a button so long means something else by it. */
const LONG_PRESS_MS = 2000;

export interface ButtonState {
  /** What the contact says now, and since when. */
  contact: boolean;
  contactSinceMs: number;
  /** What has been believed of it, after it stood still. */
  down: boolean;
  downSinceMs: number;
  /** This time it has been reported, or began before anybody looked: it gives nothing more. */
  spent: boolean;
}

export interface ButtonStep {
  state: ButtonState;
  action: ButtonAction | null;
  /** When it must be looked at again although nothing moves; null: not at all. */
  againInMs: number | null;
}

/** A button that is held from the beginning may be stuck: it must be released once before it counts. */
export function buttonAtFirst(contact: boolean, nowMs: number): ButtonState {
  return { contact, contactSinceMs: nowMs, down: contact, downSinceMs: nowMs, spent: contact };
}

/**
 * What a button does, looked at now. A press is reported when it ends, a long press as soon as it is
 * one, and either only once, however the contact bounces or sticks.
 * @param nowMs monotonic
 * @param debounceMs how long a contact must stand still to be believed
 */
export function lookAtButton(
  before: ButtonState,
  contact: boolean,
  nowMs: number,
  debounceMs = DEBOUNCE_MS,
): ButtonStep {
  const state = { ...before };
  if (contact !== state.contact) {
    state.contact = contact;
    state.contactSinceMs = nowMs;
  }
  const stillMs = nowMs - state.contactSinceMs;
  if (state.contact !== state.down && stillMs < debounceMs) {
    return { state, action: null, againInMs: debounceMs - stillMs };
  }
  if (!state.contact) {
    const action = state.down && !state.spent ? 'press' : null;
    return { state: { ...state, down: false, spent: false }, action, againInMs: null };
  }
  if (!state.down) {
    state.down = true;
    state.downSinceMs = state.contactSinceMs;
  }
  if (state.spent) return { state, action: null, againInMs: null };
  const heldMs = nowMs - state.downSinceMs;
  if (heldMs < LONG_PRESS_MS) return { state, action: null, againInMs: LONG_PRESS_MS - heldMs };
  return { state: { ...state, spent: true }, action: 'long-press', againInMs: null };
}
