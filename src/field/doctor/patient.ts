import type { Config } from '../../config/resolve.ts';
import type { Secrets } from '../../config/secrets.ts';
import type { RemoteConfig } from '../../contract/remote-config.ts';
import type { BrokerAddress } from '../../mqtt/broker-address.ts';
import type { CheckName } from './check-names.ts';
import type { Finding } from './finding.ts';
import { skipped } from './finding.ts';
import type { ServiceView } from './service-view.ts';
import type { World } from './world.ts';

/** The terminal that is looked at, where its config file is right. */
export interface Terminal {
  config: Config;
  /** Null where they cannot be read. */
  secrets: Secrets | null;
  /** Asked once, when the first check wants it. */
  service: () => Promise<ServiceView>;
  /** Those of `mqtt.url` with which nothing is wrong so far: each check leaves what passed it. */
  brokers: BrokerAddress[];
}

/** What the checks look at. */
export interface Patient {
  world: World;
  configFile: string;
  /** What is wrong with the config file, a line each; null: nothing. */
  configTrouble: string | null;
  /** What came over MQTT and goes before the file; null: nothing. */
  remoteConfig: RemoteConfig | null;
  /** Why what came over MQTT does not count; null: it does, or there is none. */
  remoteConfigTrouble: string | null;
  secretsTrouble: string | null;
  /** Null where the config file is wrong. */
  terminal: Terminal | null;
}

export interface Check {
  name: CheckName;
  /** It is looked at only if these neither failed nor were skipped. */
  needs?: readonly CheckName[];
  /** Default: 10 s. */
  limitMs?: number;
  /** What it means that the time is over. Default: it failed. */
  late?: Finding;
  /** @param signal aborts when the time is over: what is still open must be closed then */
  look(patient: Patient, signal: AbortSignal): Finding | Promise<Finding>;
}

/** A check of what the config file says. */
export function terminalCheck(
  check: Omit<Check, 'look'> & {
    look(terminal: Terminal, world: World, signal: AbortSignal): Finding | Promise<Finding>;
  },
): Check {
  return {
    ...check,
    look: ({ terminal, world }, signal) =>
      terminal === null
        ? skipped('not looked at: the config file is wrong')
        : check.look(terminal, world, signal),
  };
}
