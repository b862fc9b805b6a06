import { after } from './look-up.ts';
import type { Origin } from './work.ts';
import type { Worker } from './worker.ts';

/** A worker that met a defect of ours starts over after this. */
const DEFECT_PAUSE_MS = 5_000;

/** The workers of all that is unsettled of one kind, one each. */
export function createAttendants(world: {
  create: (id: string, origin: Origin) => Worker;
  isOpen: (id: string) => boolean;
  /** Nothing that spends time starts before the boot's token call. */
  mayWork: () => boolean;
  guarded: (act: () => void) => void;
  /** One of them needs no more attention. */
  onEnded: () => void;
}) {
  const workers = new Map<string, Worker>();

  /** Gives it a worker, or wakes the one it has. */
  function attend(id: string, origin: Origin): Worker | undefined {
    const present = workers.get(id);
    if (present !== undefined) {
      present.wake();
      return present;
    }
    if (!world.isOpen(id) || !world.mayWork()) return undefined;
    const worker = world.create(id, origin);
    workers.set(id, worker);
    // A worker that met a defect leaves it unsettled: another one starts over.
    void worker.run().then(() => {
      workers.delete(id);
      if (!world.isOpen(id)) return world.onEnded();
      after(DEFECT_PAUSE_MS, () => world.guarded(() => void attend(id, 'recovered')));
    });
    return worker;
  }

  return {
    attend,
    kick(): void {
      for (const worker of workers.values()) worker.kick();
    },
    stop(): void {
      for (const worker of workers.values()) worker.stop();
    },
    /** Whether one of them neither waits nor gets on. */
    standStill: (): boolean => [...workers.values()].some((worker) => worker.standsStill()),
    /** Resolves when MobilePay has been asked once about each. */
    looked: async (): Promise<void> =>
      void (await Promise.all([...workers.values()].map((worker) => worker.looked))),
    ended: async (): Promise<void> =>
      void (await Promise.all([...workers.values()].map((worker) => worker.ended))),
    confirm: async (id: string, timeoutMs: number): Promise<void> =>
      await workers.get(id)?.confirm(timeoutMs),
  };
}
