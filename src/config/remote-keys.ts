import type { RemoteConfig, RemoteSettings } from '../contract/remote-config.ts';
import { keysIn } from './config-keys.ts';
import { variableOf } from './environment.ts';
import { nearestName } from './nearest-name.ts';
import { configSchema } from './schema.ts';

/**
 * What may be changed from afar. Not: secrets and their places, addresses that secrets are sent to, who
 * the terminal is, where the money goes and how much may be given back, files and wiring. Documented
 * in docs/configuration.md.
 */
export const remoteKeys: readonly string[] = [
  'terminal.locale',
  'pos.name',
  'pos.callbackAlias',
  'pos.supportedBeaconTypes',
  'pos.requirePaymentBeforeCheckin',
  'payment.autoCapture',
  'payment.plannedCaptureDelay',
  'payment.customerTimeoutSeconds',
  'beacon.mode',
  'beacon.format',
  'beacon.measuredPower',
  'beacon.namespace',
  'beacon.companyId',
  'beacon.serviceUuid',
  'beacon.url',
  'beacon.intervalMs',
  'log.level',
];

/** The keys that are set, as paths of section and name. */
export function pathsIn(settings: RemoteSettings): [string, string][] {
  return Object.entries(settings).flatMap(([section, keys]) =>
    Object.keys(keys).map((name): [string, string] => [section, name]),
  );
}

/** Why this key cannot be set from afar, or undefined when it can. */
export function remoteKeyProblem(
  path: readonly [string, string],
  env: NodeJS.ProcessEnv,
): string | undefined {
  const key = path.join('.');
  if (remoteKeys.includes(key)) {
    const variable = variableOf(path);
    return env[variable] === undefined
      ? undefined
      : `the variable ${variable} on the terminal goes before it`;
  }
  const known = keysIn(configSchema).map((each) => each.path.join('.'));
  if (known.includes(key)) return 'is changed on the terminal only';
  const nearest = nearestName(key, known);
  return nearest === undefined ? 'unknown key' : `unknown key; did you mean ${nearest}?`;
}

/** `version 7 (payment.customerTimeoutSeconds 120, log.level "debug")` */
export function remoteWords({ version, config }: RemoteConfig): string {
  const settings = pathsIn(config).map(
    ([section, name]) => `${section}.${name} ${JSON.stringify(config[section]?.[name])}`,
  );
  return `version ${version} (${settings.length === 0 ? 'nothing' : settings.join(', ')})`;
}
