import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Finding } from '../../../src/field/doctor/finding.ts';
import type { Check, Patient, Terminal } from '../../../src/field/doctor/patient.ts';
import type { ServiceView } from '../../../src/field/doctor/service-view.ts';
import type { World } from '../../../src/field/doctor/world.ts';
import { thisMachine } from '../../../src/field/doctor/world.ts';
import { parseBrokerAddress } from '../../../src/mqtt/broker-address.ts';
import { type Data, leastConfig, load, withValue } from '../../config/config-file.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder that looks like /sys, /proc or /run: the text of each file by its path. */
export function treeOf(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

export const noService: ServiceView = { pid: null, state: null, trouble: null };

/** A service that runs well, but for what is said. */
export function serviceWith(changes: Partial<ServiceView['state']> = {}, pid = 4711): ServiceView {
  return {
    pid,
    state: { online: true, phase: 'idle', beacon: { advertising: true }, faults: [], ...changes },
    trouble: null,
  };
}

/**
 * This machine without its programs, and a terminal with the least config and `keys`, such as
 * `{ 'beacon.mode': 'two-way' }`.
 */
export function patientWith(
  keys: Record<string, unknown> = {},
  { service = noService, ...world }: Partial<World> & { service?: ServiceView } = {},
): Patient & { terminal: Terminal } {
  const data = Object.entries(keys).reduce<Data>(
    (whole, [path, value]) => withValue(whole, path.split('.'), value),
    leastConfig(),
  );
  const config = load(data);
  return {
    world: { ...thisMachine(), output: async () => null, ...world },
    configFile: 'config.yaml',
    configTrouble: null,
    remoteConfig: null,
    remoteConfigTrouble: null,
    secretsTrouble: null,
    terminal: {
      config,
      secrets: { mobilepayClientSecret: 'the-client-secret', mqttPassword: undefined },
      service: async () => service,
      brokers: config.mqtt.url.map(parseBrokerAddress),
    },
  };
}

/** What a check finds: one that is not well always says what to do. */
export async function look(check: Check, patient: Patient = patientWith()): Promise<Finding> {
  const finding = await check.look(patient, new AbortController().signal);
  const well = finding.verdict === 'ok' || finding.verdict === 'skipped';
  expect(finding.remedy).toEqual(well ? null : expect.stringMatching(/\S/));
  return finding;
}
