import type { Refusal } from '../payment/events.ts';
import type { CallResult } from '../ports.ts';
import type { Polling } from './polling.ts';
import type { Work } from './work.ts';

type Answer = { correlationId: string | null } | Refusal;

/** Does what a payment or refund is bound to do, until MobilePay has answered it (rules 8 and 10). */
export function createSettling(work: Work, polling: Polling<unknown>) {
  const { wake, pace } = work;

  /** `note` journals the answer. */
  return async function settle(
    id: string,
    act: () => Promise<CallResult<void>>,
    note: (answer: Answer) => void,
  ): Promise<void> {
    const wait = pace.waitMs();
    if (wait > 0) {
      await wake.wait(wait);
      return;
    }
    if (polling.isFirst()) {
      polling.setFirst(false);
      if (await polling.ask(id)) return;
      polling.setFirst(true);
      return pace.unanswered();
    }
    const result = await act();
    pace.heed(result);
    if (work.stopped()) return;
    switch (result.kind) {
      case 'ok':
        pace.succeeded();
        return note({ correlationId: result.correlationId ?? null });
      case 'refused':
        work.logger().warn({ ...result.refusal }, 'MobilePay refused to settle it');
        polling.setFirst(true);
        polling.mayAskAtOnce();
        note(result.refusal);
        return pace.refused();
      case 'unsent':
      case 'unanswered':
        polling.setFirst(true);
        return pace.unanswered();
    }
  };
}
