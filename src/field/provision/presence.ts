import { randomBytes } from 'node:crypto';
import type { OfflineState, OnlineState } from '../../contract/messages.ts';
import { stateSchema } from '../../contract/messages.ts';
import { topicsOf } from '../../contract/topics.ts';
import type { BrokerAccess } from '../../mqtt/broker-client.ts';
import { createLastingConnection } from '../../mqtt/lasting-connection.ts';

/** The terminal's place at its broker, and how to be let in there as it is. */
export interface Place extends BrokerAccess {
  urls: string[];
  prefix: string;
  terminalId: string;
}

export type SeenState = OnlineState | OfflineState | null;

export interface Watch {
  /** What `R/state` says; null: nothing is retained there. Undefined: not known yet. */
  state(): SeenState | undefined;
  /** Why there is no connection, if there is none. */
  trouble(): string | undefined;
  /** Resolves when `fits`, asked after every change, says so, or when time is up. */
  until(fits: (state: SeenState) => boolean, timeoutMs: number): Promise<boolean>;
  /** Empties the terminal's retained topics, so that nobody takes it for one that is to come back. */
  forget(names: readonly ('state' | 'info' | 'config/reported')[]): Promise<boolean>;
  close(): Promise<void>;
}

/** After SUBACK a retained message follows at once; where none does, there is none. */
const RETAINED_WAIT_MS = 500;

/** Follows the retained state of a terminal, under an MQTT client id that is not the terminal's. */
export function watchTerminal(place: Place): Watch {
  const { root, state: topic } = topicsOf(place.prefix, place.terminalId);
  let state: SeenState | undefined;
  let trouble: string | undefined = 'no answer from the broker yet';
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const connection = createLastingConnection({
    urls: place.urls,
    access: place,
    session: {
      clientId: `technician-${randomBytes(6).toString('hex')}`,
      cleanStart: true,
      sessionExpirySeconds: 0,
      keepAliveSeconds: 10,
      connectTimeoutMs: 5_000,
      maximumPacketBytes: 256 * 1024,
    },
    firstRetryMs: 250,
    longestRetryMs: 2_000,
    onOpening({ client }) {
      client.on('message', (_topic: string, payload: Buffer) => {
        state = readState(payload);
        changed();
      });
    },
    onConnected({ client, drop }) {
      client.subscribe(topic, { qos: 1 }, (error) => {
        if (error) {
          drop(`it does not let us read ${topic}: ${error.message}`);
          return;
        }
        trouble = undefined;
        setTimeout(() => {
          state ??= null;
          changed();
        }, RETAINED_WAIT_MS).unref();
      });
    },
    onEnded({ label, why }) {
      trouble = `${label}: ${why}`;
      changed();
    },
  });
  connection.start();

  function readState(payload: Buffer): SeenState {
    try {
      return stateSchema.parse(JSON.parse(payload.toString('utf8')));
    } catch {
      return null;
    }
  }

  return {
    state: () => state,
    trouble: () => trouble,
    until(fits, timeoutMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => finish(false), timeoutMs);
        function finish(found: boolean) {
          clearTimeout(timer);
          listeners.delete(look);
          resolve(found);
        }
        function look() {
          if (state !== undefined && fits(state)) finish(true);
        }
        listeners.add(look);
        look();
      });
    },
    async forget(names) {
      const client = connection.live()?.client;
      if (client === undefined) return false;
      try {
        for (const name of names) {
          await client.publishAsync(`${root}/${name}`, '', { qos: 1, retain: true });
        }
        return true;
      } catch {
        // Not allowed, or the connection has ended.
        return false;
      }
    },
    close: () => connection.disconnect(1_000),
  };
}
