import { loadConfig } from '../config/load.ts';
import { readSecret } from '../config/secrets.ts';
import { TerminalError } from '../terminal-error.ts';
import type { TerminalAddress } from './register-options.ts';
import type { TerminalFlags } from './terminal-flags.ts';

/**
 * Flags win over the config file, which is not read when `--mqtt-url` stands alone.
 * @throws TerminalError `usage`, `config-invalid`
 */
export function terminalAddress(flags: TerminalFlags, env: NodeJS.ProcessEnv): TerminalAddress {
  if ((flags.cert === undefined) !== (flags.key === undefined)) {
    throw new TerminalError('usage', '--cert and --key are given together');
  }
  const fromFlags = {
    ...(flags.mqttUrl === undefined ? {} : { urls: flags.mqttUrl }),
    ...(flags.terminal === undefined ? {} : { terminalId: flags.terminal }),
    ...(flags.prefix === undefined ? {} : { prefix: flags.prefix }),
    ...(flags.username === undefined ? {} : { username: flags.username }),
    ...(flags.ca === undefined ? {} : { ca: flags.ca }),
    ...(flags.cert === undefined ? {} : { cert: flags.cert }),
    ...(flags.key === undefined ? {} : { key: flags.key }),
  };
  if (flags.config !== undefined || flags.mqttUrl === undefined) {
    const { mqtt, terminal, secretsDir } = loadConfig(flags.config, env);
    const { url: urls, ...access } = mqtt;
    const password = readSecret('mqtt-password', secretsDir, env);
    return { ...access, urls, terminalId: terminal.id, password, ...fromFlags };
  }
  if (flags.terminal === undefined) {
    throw new TerminalError('usage', '--mqtt-url needs --terminal ID beside it');
  }
  return {
    prefix: 'beacon/1',
    // What every broker understands, the one of `simulate` too. Whoever has a certificate may have no
    // right to the topic that all answers share, and needs MQTT 5 for one of his own.
    protocolVersion: flags.cert === undefined ? 4 : 5,
    password: env['BEACON_TERMINAL_MQTT_PASSWORD'],
    urls: flags.mqttUrl,
    terminalId: flags.terminal,
    ...fromFlags,
  };
}
