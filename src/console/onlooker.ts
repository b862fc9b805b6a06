import type { Logger } from 'pino';
import type { DisplayContent, LightPattern } from '../contract/device.ts';
import type { EventName, EventPayload } from '../contract/messages.ts';
import type { ApiTry, TerminalView } from '../ports.ts';

/** What can be seen of a running terminal. */
export type Sight =
  | {
      of: 'commit';
      seconds: number;
      told: readonly { name: EventName; payload: EventPayload<EventName> }[];
    }
  | { of: 'api'; tried: ApiTry }
  | { of: 'view'; view: TerminalView }
  | { of: 'scene'; display: DisplayContent; lights: LightPattern }
  | { of: 'radio-start' };

export interface Onlooker {
  /** Notes it, and no more: whoever says it has a payment in hand. */
  see(sight: Sight): void;
  /** What was noted is handed on, from now on when the tick that saw it is over. */
  tell(listener: (sight: Sight) => void): void;
  /** Nobody will ask: nothing is noted any more. */
  close(): void;
}

/** Stands between the terminal and its console, so that counting never delays or breaks a sale. */
export function createOnlooker(logger: Logger): Onlooker {
  let seen: Sight[] = [];
  let listener: ((sight: Sight) => void) | undefined;
  let planned = false;
  let closed = false;

  function handOn() {
    planned = false;
    const all = seen;
    seen = [];
    for (const sight of all) {
      try {
        listener?.(sight);
      } catch (error) {
        logger.error({ err: error, of: sight.of }, 'the console could not take what was seen');
      }
    }
  }
  function plan() {
    if (planned || listener === undefined) return;
    planned = true;
    setImmediate(handOn);
  }

  return {
    see(sight) {
      if (closed) return;
      seen.push(sight);
      plan();
    },
    tell(given) {
      listener = given;
      plan();
    },
    close() {
      closed = true;
      seen = [];
    },
  };
}
