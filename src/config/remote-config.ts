import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Phase } from '../contract/messages.ts';
import type {
  RemoteConfig,
  RemoteConfigProblem,
  ReportedConfig,
} from '../contract/remote-config.ts';
import { proposed, proven, type RemoteState, rolledBack, runningWith } from './remote-states.ts';
import { type JudgeOptions, judge } from './remote-wish.ts';

/** A trial that is not idle and online by then has failed. */
const HEALTHY_WITHIN_MS = 60_000;
/** How often a wish that waits looks whether nothing is open any more. */
const LOOK_AGAIN_MS = 1_000;

/** What of the terminal counts here. */
export interface RemoteView {
  phase: Phase;
  mqttConnected: boolean;
  setupProblem: string | null;
}

export interface RemoteConfigOptions {
  state: RemoteState;
  env: NodeJS.ProcessEnv;
  problemsWith: JudgeOptions['problemsWith'];
  /** On the disk when it returns. */
  write(state: RemoteState): void;
  /**
   * A payment or a refund is not settled.
   * @throws Error where the journal cannot be read
   */
  isOpen(): boolean;
  /** Why what was sent before does not count, or null. */
  trouble: string | null;
  report(reported: ReportedConfig): void;
  /** Ends the process in an orderly way; whoever supervises it starts it again. */
  restart(): void;
  logger: Logger;
}

export interface RemoteConfigKeeper {
  /** A message on `R/config/desired`. */
  hear(payload: Uint8Array): void;
  see(view: RemoteView): void;
  stop(): void;
}

type Wish = NonNullable<ReportedConfig['wish']>;

/**
 * Configuration from afar, in a process that runs with what `options.state` says. A wish is judged at
 * once, put on trial when nothing is open, and in force once the terminal is idle and online with it.
 */
export function createRemoteConfig(options: RemoteConfigOptions): RemoteConfigKeeper {
  const { logger } = options;
  let { state } = options;
  let waiting: RemoteConfig | null = null;
  let view: RemoteView | null = null;
  let restarting = false;
  let wish = firstWish();
  report();
  const deadline = state.trial === null ? undefined : setTimeout(giveUp, HEALTHY_WITHIN_MS);
  const looks = setInterval(move, LOOK_AGAIN_MS);
  looks.unref();

  function firstWish(): Wish | null {
    const { trial, failed, inForce } = state;
    if (trial !== null) return { version: trial.version, outcome: 'trying', problems: [] };
    if (failed !== null) {
      return { version: failed.version, outcome: 'rolled-back', problems: because(failed.why) };
    }
    if (inForce === null) return null;
    return options.trouble === null
      ? { version: inForce.version, outcome: 'applied', problems: [] }
      : { version: inForce.version, outcome: 'refused', problems: because(options.trouble) };
  }

  function report() {
    const { version = null, config = {} } =
      options.trouble === null ? (runningWith(state) ?? {}) : {};
    options.report({ version, config, wish, at: new Date().toISOString() });
  }

  function say(next: Wish) {
    if (isDeepStrictEqual(next, wish)) return;
    wish = next;
    const { version, outcome, problems } = next;
    logger.warn({ version, problems }, `configuration from afar: ${outcome}`);
    report();
  }

  function store(next: RemoteState): boolean {
    try {
      options.write(next);
      state = next;
      return true;
    } catch (error) {
      logger.error({ err: error }, 'the configuration from afar cannot be stored');
      return false;
    }
  }

  function hear(payload: Uint8Array) {
    if (restarting) return;
    waiting = null;
    if (payload.length === 0) {
      // Taken back before it was tried; what is in force stays.
      wish = firstWish();
      report();
      return;
    }
    const judgement = judge(payload, { ...options, state });
    if (judgement.kind !== 'new') {
      const { kind: outcome, version } = judgement;
      say({ version, outcome, problems: 'problems' in judgement ? judgement.problems : [] });
      return;
    }
    waiting = judgement.wish;
    say({ version: waiting.version, outcome: 'waiting', problems: [] });
    move();
  }

  /** What can be done now. */
  function move() {
    if (restarting || view === null) return;
    if (state.trial !== null) {
      const healthy = view.mqttConnected && !ill(view.phase);
      if (healthy && store(proven(state))) prove();
      return;
    }
    if (waiting !== null && isQuiet(view.phase)) tryOut(waiting);
  }

  function prove() {
    clearTimeout(deadline);
    const version = state.inForce?.version ?? null;
    if (waiting === null) say({ version, outcome: 'applied', problems: [] });
    else report();
  }

  function tryOut(next: RemoteConfig) {
    waiting = null;
    const { version } = next;
    if (isDeepStrictEqual(next.config, state.inForce?.config ?? {})) {
      // The same under another number: there is nothing to try.
      if (store({ ...state, inForce: next })) say({ version, outcome: 'applied', problems: [] });
      return;
    }
    if (!store(proposed(state, next))) {
      say({ version, outcome: 'refused', problems: because('cannot be stored on the terminal') });
      return;
    }
    say({ version, outcome: 'trying', problems: [] });
    restart();
  }

  /** The time for the trial is over. Decided at once, carried out when nothing is open. */
  function giveUp() {
    if (state.trial === null || restarting) return;
    const why = `not healthy after ${HEALTHY_WITHIN_MS / 1000} s: ${illness(view)}`;
    const { version } = state.trial;
    store(rolledBack(state, why));
    say({ version, outcome: 'rolled-back', problems: because(why) });
    const leave = () => {
      if (view !== null && !isQuiet(view.phase)) setTimeout(leave, LOOK_AGAIN_MS).unref();
      else restart();
    };
    leave();
  }

  function restart() {
    restarting = true;
    logger.warn('restarting, for another configuration');
    options.restart();
  }

  function isQuiet(phase: Phase): boolean {
    if (phase !== 'idle' && phase !== 'out-of-order') return false;
    try {
      return !options.isOpen();
    } catch (error) {
      // Whoever says how the terminal is may have a payment in hand: nothing of this may reach him.
      logger.warn({ err: error }, 'it is not known whether anything is open');
      return false;
    }
  }

  return {
    hear,
    see(next) {
      view = next;
      move();
    },
    stop() {
      clearTimeout(deadline);
      clearInterval(looks);
    },
  };
}

const because = (message: string): RemoteConfigProblem[] => [{ field: '', message }];

function ill(phase: Phase): boolean {
  return phase === 'starting' || phase === 'out-of-order';
}

function illness(view: RemoteView | null): string {
  if (view === null) return 'it has not started';
  const { phase, mqttConnected, setupProblem } = view;
  if (!mqttConnected) return 'no connection to the broker';
  return setupProblem === null ? `phase ${phase}` : `phase ${phase} (${setupProblem})`;
}
