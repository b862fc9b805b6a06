import type { FaultCode } from '../contract/faults.ts';
import type { EventPayload } from '../contract/messages.ts';

export interface BookedFault {
  code: FaultCode;
  /** RFC 3339; null: nobody said since when. */
  since: string | null;
  /** False: it happened once, in this boot, and is over. */
  lasts: boolean;
}

/** More than these are no glance any more; all of them are in the log. */
const HAPPENED_SHOWN = 3;

export interface FaultBook {
  note(fault: Pick<EventPayload<'fault'>, 'code' | 'since' | 'cleared'>): void;
  /** @param lasting those that last, as the terminal has them now */
  shown(lasting: readonly FaultCode[]): BookedFault[];
}

/** Remembers since when a fault lasts, and those that only happen once. */
export function createFaultBook(): FaultBook {
  const told = new Map<FaultCode, string>();
  return {
    note({ code, since, cleared }) {
      told.delete(code);
      if (!cleared) told.set(code, since);
    },
    shown(lasting) {
      const happened = [...told].filter(([code]) => !lasting.includes(code)).reverse();
      return [
        ...lasting.map((code) => ({ code, since: told.get(code) ?? null, lasts: true })),
        ...happened
          .slice(0, HAPPENED_SHOWN)
          .map(([code, since]) => ({ code, since, lasts: false })),
      ];
    },
  };
}
