import { remoteWords } from '../../../config/remote-keys.ts';
import type { RemoteConfig } from '../../../contract/remote-config.ts';
import { isEncrypted } from '../../service-credentials.ts';
import { failed, ok, skipped, warning } from '../finding.ts';
import type { Check } from '../patient.ts';
import { terminalCheck } from '../patient.ts';

export const configuration: Check = {
  name: 'config',
  look({ configFile, configTrouble, remoteConfig, remoteConfigTrouble }) {
    if (configTrouble === null && remoteConfigTrouble !== null) {
      return warning(
        `${configFile} is right; what was sent to R/config/desired does not count: ${remoteConfigTrouble}`,
        'Mend what was sent, and send it under a new version.',
      );
    }
    if (configTrouble === null) return ok(`${configFile} is right${overWords(remoteConfig)}`);
    const [first = '', ...others] = configTrouble.split('\n');
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return failed(
      `${first}${more}`,
      `Mend it until this says nothing more: beacon-terminal config check ${configFile}`,
    );
  },
};

function overWords(remote: RemoteConfig | null): string {
  return remote === null ? '' : `; over it, from afar: ${remoteWords(remote)}`;
}

export const secretsInPlace: Check = {
  name: 'secrets',
  needs: ['config'],
  look(patient, signal) {
    const { secretsTrouble, world } = patient;
    if (secretsTrouble === null) return passwordFits.look(patient, signal);
    if (isEncrypted(world)) {
      return world.uid === 0
        ? failed(
            'encrypted, and this machine cannot decrypt them',
            'Encrypt them anew, here: systemd-creds encrypt (docs/packaging.md).',
          )
        : skipped('encrypted: only root can read them');
    }
    return failed(
      secretsTrouble,
      /cannot be read/.test(secretsTrouble)
        ? 'Run doctor as root, or as the user of the service.'
        : 'Put the secret in its place, for the service alone to read.',
    );
  },
};

const passwordFits = terminalCheck({
  name: 'secrets',
  look({ config, secrets }) {
    const { username, cert } = config.mqtt;
    if (username !== undefined && cert === undefined && secrets?.mqttPassword === undefined) {
      return failed(
        `mqtt.username is ${username}, and there is neither the secret mqtt-password nor mqtt.cert`,
        `Put the password of ${username} into ${config.secretsDir}/mqtt-password (mode 0600).`,
      );
    }
    const also = secrets?.mqttPassword === undefined ? '' : ' and mqtt-password';
    return ok(`mobilepay-client-secret${also}: there, and nobody else may read them`);
  },
});
