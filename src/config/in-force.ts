import type { RemoteConfig } from '../contract/remote-config.ts';
import { TerminalError } from '../terminal-error.ts';
import { loadConfig } from './load.ts';
import { readRemoteState, remoteFileOf, writeRemoteState } from './remote-file.ts';
import {
  begun,
  nothingRemote,
  type RemoteState,
  rolledBack,
  runningWith,
} from './remote-states.ts';
import type { Config } from './resolve.ts';

export interface ConfigInForce {
  config: Config;
  /** What of it came over MQTT; null: nothing. */
  remote: RemoteConfig | null;
  /** Why what was sent over MQTT does not count, or null. */
  trouble: string | null;
}

/**
 * The configuration that a start would run with now: the file, and over it what came over MQTT.
 * Changes nothing.
 * @throws TerminalError `config-invalid` or `not-permitted` like `loadConfig`, for the file alone
 */
export function configInForce(file: string | undefined, env: NodeJS.ProcessEnv): ConfigInForce {
  const config = loadConfig(file, env);
  const state = readRemoteState(remoteFileOf(config.journal.path));
  return merged(file, env, config, state);
}

export interface Boot extends ConfigInForce {
  remoteFile: string;
  state: RemoteState;
}

/**
 * The same at the start of the service: a trial that was begun before has failed, and is over.
 * What came over MQTT never keeps the terminal from starting.
 * @throws TerminalError like `configInForce`
 */
export function bootConfig(file: string | undefined, env: NodeJS.ProcessEnv): Boot {
  const config = loadConfig(file, env);
  const remoteFile = remoteFileOf(config.journal.path);
  const stored = readRemoteState(remoteFile);
  let state = begun(stored ?? nothingRemote);
  if (stored !== undefined && state !== stored && !isWritten(remoteFile, state)) {
    // Nobody would know at the next start that it was tried.
    state = { ...stored, trial: null };
  }
  const first = merged(file, env, config, stored === undefined ? undefined : state);
  if (first.trouble === null || state.trial === null) return { ...first, remoteFile, state };
  state = rolledBack(state, first.trouble);
  isWritten(remoteFile, state);
  return { ...merged(file, env, config, state), remoteFile, state };
}

function isWritten(path: string, state: RemoteState): boolean {
  try {
    writeRemoteState(path, state);
    return true;
  } catch {
    return false;
  }
}

function merged(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
  config: Config,
  state: RemoteState | undefined,
): ConfigInForce {
  if (state === undefined) {
    const path = remoteFileOf(config.journal.path);
    return { config, remote: null, trouble: `${path} is damaged` };
  }
  const remote = runningWith(state);
  if (remote === null) return { config, remote, trouble: null };
  try {
    return { config: loadConfig(file, env, remote.config), remote, trouble: null };
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return { config, remote: null, trouble: error.message };
  }
}
