import type { CallResult } from '../ports.ts';

export interface IssuedToken {
  token: string;
  lifetimeMs: number;
}

/** A token, or how the call for it failed. */
export type TokenResult = CallResult<IssuedToken>;

/** Renewed in the background after this share of its life, so that no sale waits for it. */
const RENEWAL_SHARE = 0.8;
const NEXT_TRY_SHARE = 0.05;
/** A token this close to its end is not sent any more. */
const SAFETY_MARGIN_MS = 5_000;
const SAFETY_SHARE = 0.1;
/** Refused credentials are not shown again and again with every poll. */
const REFUSED_HOLD_MS = 10_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface AccessTokenOptions {
  /** The token call itself, retries included. */
  ask: (signal: AbortSignal) => Promise<TokenResult>;
  monotonicMs: () => number;
  onBackgroundFailure: (detail: string) => void;
}

/** How long nobody asks again by the way; `renew` always does. */
function holdMs(failure: TokenResult): number {
  if (failure.kind === 'refused') return REFUSED_HOLD_MS;
  if (failure.kind !== 'unanswered') return 0;
  return failure.retryAfterMs ?? (failure.credentialsRefused ? REFUSED_HOLD_MS : 0);
}

/** The one bearer token of a client. At most one call for it is under way, shared by all. */
export function createAccessToken({ ask, monotonicMs, onBackgroundFailure }: AccessTokenOptions) {
  const stopper = new AbortController();
  let held: (TokenResult & { kind: 'ok' }) | undefined;
  let usableUntilMs = 0;
  let asking: Promise<TokenResult> | undefined;
  let hold: { untilMs: number; result: TokenResult } | undefined;
  let renewal: NodeJS.Timeout | undefined;

  function cached(): string | undefined {
    return held !== undefined && monotonicMs() < usableUntilMs ? held.value.token : undefined;
  }

  function planRenewal(inMs: number, lifetimeMs: number): void {
    clearTimeout(renewal);
    if (stopper.signal.aborted) return;
    renewal = setTimeout(
      () => void renewInBackground(lifetimeMs),
      Math.min(inMs, LONGEST_TIMER_MS),
    ).unref();
  }

  async function renewInBackground(lifetimeMs: number): Promise<void> {
    const result = await renew();
    if (result.kind === 'ok' || stopper.signal.aborted || cached() === undefined) return;
    onBackgroundFailure(result.kind === 'refused' ? result.message : result.detail);
    planRenewal(Math.max(lifetimeMs * NEXT_TRY_SHARE, holdMs(result), 1_000), lifetimeMs);
  }

  async function askOnce(): Promise<TokenResult> {
    // The life counts from before the call: that is never too long.
    const askedAtMs = monotonicMs();
    const result = await ask(stopper.signal);
    if (result.kind === 'ok') {
      const { lifetimeMs } = result.value;
      const marginMs = Math.min(SAFETY_MARGIN_MS, lifetimeMs * SAFETY_SHARE);
      held = result;
      usableUntilMs = askedAtMs + lifetimeMs - marginMs;
      hold = undefined;
      planRenewal(lifetimeMs * RENEWAL_SHARE, lifetimeMs);
    } else {
      hold = { untilMs: monotonicMs() + holdMs(result), result };
    }
    return result;
  }

  /** Asks, or joins who is asking already. */
  function renew(): Promise<TokenResult> {
    asking ??= askOnce().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  return {
    cached,
    renew,
    /** The cached token, unless MobilePay has just rejected it; else a new one. */
    async obtain(rejected?: string): Promise<TokenResult> {
      if (held !== undefined && cached() !== undefined && held.value.token !== rejected) {
        return held;
      }
      if (hold !== undefined && monotonicMs() < hold.untilMs) return hold.result;
      return await renew();
    },
    close(): void {
      stopper.abort();
      clearTimeout(renewal);
    },
  };
}
export type AccessToken = ReturnType<typeof createAccessToken>;
