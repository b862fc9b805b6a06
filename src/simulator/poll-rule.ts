import { ApiError } from './api-error.ts';
import type { Call } from './api-route.ts';
import type { Platform } from './platform.ts';
import { noteViolation } from './violations.ts';

/** Notes a poll of a resource that comes before the poll delay is over, or refuses it. */
export function notePoll(platform: Platform, call: Call, resource: string): void {
  const earlyMs = platform.polls.earlyByMs(resource, performance.now(), platform.pollDelayMs);
  if (earlyMs === 0) return;
  noteViolation(platform.violations, {
    kind: 'early-poll',
    message: `Polled ${earlyMs.toFixed(1)} ms before the poll delay was over.`,
    path: call.path,
    atMs: platform.world.nowMs(),
  });
  if (platform.refuseEarlyPolls) throw new ApiError(429, null, 'polled too early');
}
