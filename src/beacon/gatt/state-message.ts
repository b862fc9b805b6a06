import type { Phase } from '../../contract/messages.ts';
import { PROTOCOL_VERSION } from './service.ts';

/** Never reuse a number: phones know them. */
const phaseNumbers: Record<Phase, number> = {
  starting: 0,
  idle: 1,
  'checked-in': 2,
  paying: 3,
  approved: 4,
  cancelled: 5,
  'out-of-order': 6,
};

/** Three bytes, which fit the smallest MTU: version, phase, whether this phone's check-in stands. */
export function stateMessage(phase: Phase, checkedIn: boolean): Uint8Array {
  return Uint8Array.of(PROTOCOL_VERSION, phaseNumbers[phase], checkedIn ? 1 : 0);
}
