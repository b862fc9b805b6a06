import { z } from 'zod';
import { desiredConfigSchema, type RemoteConfig } from '../contract/remote-config.ts';

const remote = z.strictObject({
  version: desiredConfigSchema.shape.version,
  config: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** What lies beside the journal: which configuration from afar is in force, and which is on trial. */
export const remoteStateSchema = z.strictObject({
  format: z.literal(1),
  inForce: remote.nullable(),
  /** `begun`: a start with it was made; the next start knows by it that it never became healthy. */
  trial: remote.extend({ begun: z.boolean() }).nullable(),
  /** The last one that did not prove itself. */
  failed: remote.extend({ why: z.string() }).nullable(),
});
export type RemoteState = z.infer<typeof remoteStateSchema>;

export const nothingRemote: RemoteState = { format: 1, inForce: null, trial: null, failed: null };

/** Puts a configuration on trial; the next start is made with it. */
export function proposed(state: RemoteState, { version, config }: RemoteConfig): RemoteState {
  return { ...state, trial: { version, config, begun: false } };
}

/** At the start of a process. A trial gets one start: whatever ends it early has failed it. */
export function begun(state: RemoteState): RemoteState {
  if (state.trial === null) return state;
  if (state.trial.begun) return rolledBack(state, 'the terminal ended before it was healthy');
  return { ...state, trial: { ...state.trial, begun: true } };
}

/** The terminal has come back healthy. */
export function proven(state: RemoteState): RemoteState {
  if (state.trial === null) return state;
  const { version, config } = state.trial;
  return { format: 1, inForce: { version, config }, trial: null, failed: null };
}

export function rolledBack(state: RemoteState, why: string): RemoteState {
  if (state.trial === null) return state;
  const { version, config } = state.trial;
  return { ...state, trial: null, failed: { version, config, why } };
}

/** With what this process runs: null is the file on the device alone. */
export function runningWith({ trial, inForce }: RemoteState): RemoteConfig | null {
  return trial?.begun ? trial : inForce;
}
