import type { Logger } from 'pino';
import type { CallResult, Checkin, Clock, PaymentPlatform } from '../ports.ts';
import { createPolling } from './polling.ts';
import { createWork } from './work.ts';

/** An invitation ends after this; a new one begins it anew. */
const INVITATION_MS = 120_000;

export type CheckInVia = 'poll' | 'notification';

const nobody: Checkin = {
  checkedIn: false,
  loyaltyIds: null,
  customerToken: null,
  customerReceiptToken: null,
};

/**
 * Looks who checks in, but only while a customer is invited: an idle terminal that shows its QR code
 * all day asks nothing (PoS V10, timing rules). It goes on asking when somebody is there, to see who
 * they are once MobilePay knows, and whether they leave.
 */
export function createCheckInWatch(world: {
  platform: Pick<PaymentPlatform, 'getCheckin' | 'explain'>;
  clock: Clock;
  logger: Logger;
  random: () => number;
  posId: () => string | null;
  /** Told at each change. Journals it; a fault of the journal must not be thrown. */
  onCheckIn: (checkin: Checkin, via: CheckInVia) => void;
  /** The invitation has ended by itself. */
  onEnded: () => void;
  /** MobilePay says that there is no such PoS. */
  onMissed: () => void;
}) {
  const { clock } = world;
  const work = createWork({
    clock,
    random: world.random,
    logger: () => world.logger,
    origin: 'new',
  });
  const polling = createPolling<Checkin>(work, {
    async get(posId) {
      const result = await world.platform.getCheckin(posId, { signal: work.signal });
      if (isMissing(result)) world.onMissed();
      return result;
    },
    observe,
  });
  function isMissing(result: CallResult<unknown>): boolean {
    if (result.kind === 'unanswered') return result.status === 404;
    return (
      result.kind === 'refused' && world.platform.explain(result.refusal.code).next === 'renew-pos'
    );
  }

  let until: number | null = null;
  let via: CheckInVia = 'poll';
  let known = nobody;
  let running = false;

  function observe(seen: Checkin): void {
    // Whoever was asked about before the watch ended is no news any more.
    if (until === null || isSame(known, seen)) return;
    known = seen;
    world.logger.info({ checkedIn: seen.checkedIn, via }, 'a customer came or left');
    world.onCheckIn(seen, via);
  }

  function end(): void {
    until = null;
    known = nobody;
  }

  async function watch(): Promise<void> {
    running = true;
    while (until !== null && !work.stopped()) {
      const now = clock.monotonicMs();
      const posId = world.posId();
      if (now >= until || posId === null) {
        end();
        world.onEnded();
        break;
      }
      const due = polling.nextAt() - now;
      if (due > 0) await work.wake.wait(Math.min(due, until - now));
      else await polling.ask(posId);
    }
    running = false;
  }

  return {
    /** A customer is expected from now on, for two minutes. */
    invite(by: CheckInVia): void {
      via = by;
      until = clock.monotonicMs() + INVITATION_MS;
      work.wake.wake();
      if (!running) void watch();
    },
    isInviting: (): boolean => until !== null,
    isCheckedIn: (): boolean => known.checkedIn,
    /** Nobody is looked for any more; what was known of them is forgotten. */
    end(): void {
      end();
      work.wake.wake();
    },
    stop(): void {
      end();
      work.stop();
      work.wake.wake();
    },
  };
}
export type CheckInWatch = ReturnType<typeof createCheckInWatch>;

function isSame(one: Checkin, other: Checkin): boolean {
  const text = ({ checkedIn, loyaltyIds, customerToken, customerReceiptToken }: Checkin) =>
    JSON.stringify([checkedIn, loyaltyIds, customerToken, customerReceiptToken]);
  return text(one) === text(other);
}
