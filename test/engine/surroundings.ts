import { join } from 'node:path';
import { vi } from 'vitest';
import { createFakeMobilePay } from './fake-mobilepay.ts';
import { createNetwork, type Operation, type Request } from './fake-platform.ts';
import type { Trace } from './trace.ts';

/** What a test does on purpose, though the judge would not let it pass. */
export type Allowance =
  | 'log-errors'
  | 'early-poll'
  | 'parallel-looks'
  | 'many-requests'
  | 'two-payments'
  | 'two-refunds'
  | 'paid-out-all-the-same'
  | 'capture-elsewhere'
  | 'slow-reply';

/** MobilePay, a network, a disk and time: what every boot of the terminal finds. */
export function createSurroundings(folder: string) {
  const network = createNetwork();
  const trace: Trace = [];
  const allowed = new Set<Allowance>();
  let wallAheadMs = 0;

  async function run(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  return {
    mobilePay: createFakeMobilePay(),
    network,
    trace,
    allowed,
    allow(...what: Allowance[]): void {
      for (const one of what) allowed.add(one);
    },
    /** Sets the device's wall clock apart from true time. */
    setWallAhead(ms: number): void {
      wallAheadMs = ms;
    },
    wallMs: (): number => Date.now() + wallAheadMs,
    journalPath: join(folder, 'journal.db'),
    requests: (operation?: Operation): Request[] =>
      network.requests.filter(
        (request) => operation === undefined || request.operation === operation,
      ),
    /** Lets time pass. */
    run,
    /** Lets time pass until it is so, at most `atMostMs`; looks less closely as time goes by. */
    async until(so: () => boolean, atMostMs = 60_000): Promise<void> {
      for (let passed = 0; passed <= atMostMs; ) {
        if (so()) return;
        const step = passed < 10_000 ? 5 : 100;
        await run(step);
        passed += step;
      }
      throw new Error(`it did not become so within ${atMostMs} ms: ${so.toString()}`);
    },
  };
}
export type Surroundings = ReturnType<typeof createSurroundings>;
