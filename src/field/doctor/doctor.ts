import { performance } from 'node:perf_hooks';
import { configInForce } from '../../config/in-force.ts';
import { DEFAULT_CONFIG_FILE } from '../../config/schema.ts';
import { loadSecrets } from '../../config/secrets.ts';
import type { DoctorReport } from '../../contract/doctor-report.ts';
import { parseBrokerAddress } from '../../mqtt/broker-address.ts';
import { TerminalError } from '../../terminal-error.ts';
import { serviceCredentials } from '../service-credentials.ts';
import { allChecks } from './checks.ts';
import { examine } from './examination.ts';
import type { Patient, Terminal } from './patient.ts';
import { reportOf } from './report.ts';
import { viewService } from './service-view.ts';
import type { World } from './world.ts';

/** The config file, its terminal, and what is wrong with them. */
export function patientOf(file: string | undefined, env: NodeJS.ProcessEnv, world: World): Patient {
  const read = attempt(() => configInForce(file, env));
  const { config, remote = null, trouble = null } = read.value ?? {};
  const secrets =
    config === undefined
      ? undefined
      : attempt(() => loadSecrets(config, env, serviceCredentials(env, world)));
  return {
    world,
    configFile: file ?? DEFAULT_CONFIG_FILE,
    configTrouble: read.trouble,
    remoteConfig: remote,
    remoteConfigTrouble: trouble,
    secretsTrouble: secrets?.trouble ?? null,
    terminal: config === undefined ? null : terminalOf(config, secrets?.value ?? null),
  };
}

function terminalOf(config: Terminal['config'], secrets: Terminal['secrets']): Terminal {
  const brokers = config.mqtt.url.map(parseBrokerAddress);
  let seen: ReturnType<Terminal['service']> | undefined;
  return {
    config,
    secrets,
    brokers,
    service: () => (seen ??= viewService({ config, secrets }, [...brokers])),
  };
}

function attempt<T>(load: () => T): { value?: T; trouble: string | null } {
  try {
    return { value: load(), trouble: null };
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return { trouble: error.message };
  }
}

/** Looks at the whole terminal, for no longer than `withinMs`. Disturbs nothing that runs. */
export async function runDoctor(patient: Patient, withinMs: number): Promise<DoctorReport> {
  const startedMs = performance.now();
  const at = new Date(patient.world.now());
  const results = await examine(allChecks, patient, withinMs);
  const { config, secrets } = patient.terminal ?? {};
  return reportOf(results, {
    terminalId: config?.terminal.id ?? null,
    at,
    durationMs: performance.now() - startedMs,
    secrets: [secrets?.mobilepayClientSecret ?? '', secrets?.mqttPassword ?? ''],
  });
}
