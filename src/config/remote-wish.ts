import { isDeepStrictEqual } from 'node:util';
import {
  desiredConfigSchema,
  type RemoteConfig,
  type RemoteConfigProblem,
  type RemoteSettings,
} from '../contract/remote-config.ts';
import { pathsIn, remoteKeyProblem } from './remote-keys.ts';
import type { RemoteState } from './remote-states.ts';

/** What is to become of a message on `R/config/desired`. */
export type Judgement =
  | { kind: 'new'; wish: RemoteConfig }
  /** Seen before: a retained message comes again with each connect. */
  | { kind: 'applied' | 'trying'; version: number }
  | { kind: 'refused' | 'rolled-back'; version: number | null; problems: RemoteConfigProblem[] };

export interface JudgeOptions {
  state: RemoteState;
  env: NodeJS.ProcessEnv;
  /** What would be wrong with the whole configuration if this went before the file. */
  problemsWith(settings: RemoteSettings): RemoteConfigProblem[];
}

const sameVersion = [
  { field: 'version', message: 'names another configuration already; give this one a new number' },
];

export function judge(payload: Uint8Array, options: JudgeOptions): Judgement {
  const { state } = options;
  const read = readWish(payload);
  if ('problems' in read) return { kind: 'refused', ...read };
  const { version, config } = read;
  const known = [state.trial, state.failed, state.inForce].find((one) => one?.version === version);
  if (known && !isDeepStrictEqual(known.config, config)) {
    return { kind: 'refused', version, problems: sameVersion };
  }
  if (known && known === state.trial) return { kind: 'trying', version };
  if (known && known === state.inForce) return { kind: 'applied', version };
  if (known && state.failed) {
    const problems = [{ field: '', message: state.failed.why }];
    return { kind: 'rolled-back', version, problems };
  }
  const problems = problemsOf(config, options);
  return problems.length > 0 ? { kind: 'refused', version, problems } : { kind: 'new', wish: read };
}

function readWish(
  payload: Uint8Array,
): RemoteConfig | { version: number | null; problems: RemoteConfigProblem[] } {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return { version: null, problems: [{ field: '', message: 'is not JSON' }] };
  }
  const parsed = desiredConfigSchema.safeParse(json);
  if (parsed.success) {
    const { version, ...config } = parsed.data;
    return { version, config };
  }
  const version = desiredConfigSchema.shape.version.safeParse(
    (json as Partial<RemoteConfig>)?.version,
  );
  return {
    version: version.data ?? null,
    problems: parsed.error.issues.map(({ path, message }) => ({
      field: path.join('.'),
      message: path.length === 0 || path[0] === 'version' ? message : 'must be a section of keys',
    })),
  };
}

function problemsOf(config: RemoteSettings, options: JudgeOptions): RemoteConfigProblem[] {
  const forbidden = pathsIn(config).flatMap((path) => {
    const message = remoteKeyProblem(path, options.env);
    return message === undefined ? [] : [{ field: path.join('.'), message }];
  });
  return forbidden.length > 0 ? forbidden : options.problemsWith(config);
}
