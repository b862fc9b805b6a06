import { isIP } from 'node:net';

export interface RateLimiter {
  /** Whether one more is allowed now; if so, it is counted. */
  allows(key: string): boolean;
}

export interface RateLimit {
  /** How many may come at once. */
  burst: number;
  /** How many may come in the long run. */
  perSecond: number;
}

/** Keys beyond this many push out the one that was not seen for longest. */
const KEYS_MAX = 10_000;

/** A token bucket per key, by the monotonic clock: a wall clock that is set back locks nobody out. */
export function createRateLimiter(
  { burst, perSecond }: RateLimit,
  nowMs: () => number = () => performance.now(),
): RateLimiter {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    allows(key) {
      const now = nowMs();
      const last = buckets.get(key) ?? { tokens: burst, atMs: now };
      const tokens = Math.min(burst, last.tokens + ((now - last.atMs) * perSecond) / 1000);
      const allowed = tokens >= 1;
      buckets.delete(key);
      buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, atMs: now });
      if (buckets.size > KEYS_MAX) {
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest);
          break;
        }
      }
      return allowed;
    },
  };
}

/** Who is behind an address: in IPv6 everybody has a whole /64 to choose addresses from. */
export function sourceOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const [before = '', after] = address.toLowerCase().split('::');
  const groups = before === '' ? [] : before.split(':');
  const trailing = after === undefined || after === '' ? [] : after.split(':');
  while (groups.length + trailing.length < 8) groups.push('0');
  return `${[...groups, ...trailing].slice(0, 4).join(':')}::/64`;
}
