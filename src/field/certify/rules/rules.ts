import { documentedBodies } from './bodies.ts';
import { authorization, clientIdHeader, vatHeader, versionHeader } from './headers.ts';
import { keysOnCreatesOnly, oneBodyPerKey, oneKeyPerCreate } from './idempotency.ts';
import { pollTiming } from './polling.ts';
import { noRetryOn4xx, pauseBetweenRetries, threeInABurst } from './retries.ts';
import type { Rule } from './rule.ts';
import { timeLimits } from './time-limits.ts';

/** What every request of every flow is held to. */
export const rules: readonly Rule[] = [
  oneKeyPerCreate,
  oneBodyPerKey,
  keysOnCreatesOnly,
  pollTiming,
  timeLimits,
  threeInABurst,
  pauseBetweenRetries,
  noRetryOn4xx,
  versionHeader,
  vatHeader,
  clientIdHeader,
  authorization,
  documentedBodies,
];
