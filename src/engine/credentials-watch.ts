import type { CredentialsNews, PaymentPlatform } from '../ports.ts';
import { retryWaitMs } from './back-off.ts';
import type { Ledger } from './ledger.ts';
import { createWake } from './wake.ts';

/**
 * Raises `credentials-refused` whenever MobilePay refuses the credentials, also long after the boot,
 * and clears it once a call shows that they are accepted again.
 */
export function createCredentialsWatch(world: {
  platform: Pick<PaymentPlatform, 'authorize' | 'findPos'>;
  ledger: Ledger;
  random: () => number;
  merchantPosId: string;
  /** While the session is being opened, its own tries tell. */
  mayAsk: () => boolean;
  /** A journal that fails must not reach a library's callback. */
  guarded: (act: () => void) => void;
  onChange: () => void;
}) {
  const { platform, ledger } = world;
  const wake = createWake();
  let state: 'accepted' | 'token-serves' | 'refused' = 'accepted';
  let asking = false;
  let stopped = false;

  function move(next: typeof state): void {
    if (state === next) return;
    const begins = state === 'accepted';
    state = next;
    world.guarded(() => {
      if (next === 'accepted') ledger.clear('credentials-refused');
      else ledger.raise('credentials-refused');
    });
    world.onChange();
    if (begins) void watch();
  }

  /** A new token alone proves little: one that every call rejects would come and go. */
  async function areAccepted(): Promise<boolean> {
    asking = true;
    const token = await platform.authorize();
    const found = token.kind === 'ok' ? await platform.findPos(world.merchantPosId) : token;
    asking = false;
    return found.kind === 'ok' || found.kind === 'refused';
  }

  async function watch(): Promise<void> {
    for (let failures = 1; state !== 'accepted' && !stopped; failures += 1) {
      await wake.wait(retryWaitMs(failures, world.random()));
      if (stopped || !world.mayAsk()) continue;
      if (await areAccepted()) move('accepted');
    }
  }

  return {
    /** No call gets through any more. */
    areRefused: (): boolean => state === 'refused',
    take(news: CredentialsNews): void {
      if (stopped) return;
      if (!news.accepted) move(news.stillServes ? 'token-serves' : 'refused');
      else if (!asking) wake.wake();
    },
    /** The session is open: they are accepted. */
    accepted: () => move('accepted'),
    stop(): void {
      stopped = true;
      wake.wake();
    },
  };
}
