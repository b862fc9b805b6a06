import { join } from 'node:path';
import { adapterObstacle } from '../../../beacon/radio/adapter.ts';
import { faultRemedies } from '../../../contract/fault-remedies.ts';
import type { Finding } from '../finding.ts';
import { failed, ok, skipped, warning } from '../finding.ts';
import { kernelText, namesIn } from '../kernel-files.ts';
import type { Terminal } from '../patient.ts';
import { terminalCheck } from '../patient.ts';
import { subjectOf } from '../rights.ts';
import { reports } from '../service-view.ts';

/** Why there is no Bluetooth to look at, or null. */
function notUsed({ config }: Terminal): Finding | null {
  const { mode, driver } = config.beacon;
  if (mode === 'off') return skipped('beacon.mode is off');
  return driver === 'virtual' ? skipped('beacon.driver is virtual') : null;
}

/** Whether the kernel has the adapter. */
export const bluetoothAdapter = terminalCheck({
  name: 'bluetooth-adapter',
  async look(terminal, { sysDir }) {
    const unused = notUsed(terminal);
    if (unused !== null) return unused;
    const { hciDevice } = terminal.config.beacon;
    const obstacle = adapterObstacle(hciDevice, sysDir);
    if (obstacle?.fault === 'adapter-missing') {
      const others = namesIn(join(sysDir, 'class/bluetooth')).filter((name) =>
        /^hci\d+$/.test(name),
      );
      const seen = others.length === 0 ? 'none' : others.join(', ');
      return failed(
        `${obstacle.detail}; there is ${seen}`,
        `${faultRemedies['adapter-missing']} Or set beacon.hciDevice to the one there is.`,
        'adapter-missing',
      );
    }
    const service = await terminal.service();
    if (reports(service, 'adapter-missing')) {
      return failed(
        `the service reports that hci${hciDevice} is missing`,
        faultRemedies['adapter-missing'],
        'adapter-missing',
      );
    }
    return ok(`hci${hciDevice} is there`);
  },
});

/** Whether a switch, in software or on the device, silences it. */
export const bluetoothRfkill = terminalCheck({
  name: 'bluetooth-rfkill',
  needs: ['bluetooth-adapter'],
  look({ config }, { sysDir }) {
    const obstacle = adapterObstacle(config.beacon.hciDevice, sysDir);
    return obstacle?.fault === 'adapter-blocked'
      ? failed(obstacle.detail, faultRemedies['adapter-blocked'], 'adapter-blocked')
      : ok('not blocked');
  },
});

/** Whether another program has it: bluetoothd takes every adapter. */
export const bluetoothOwner = terminalCheck({
  name: 'bluetooth-owner',
  needs: ['bluetooth-adapter'],
  async look(terminal, { procDir }) {
    const service = await terminal.service();
    const bluetoothd = namesIn(procDir).find(
      (pid) => /^\d+$/.test(pid) && kernelText(join(procDir, pid, 'comm')) === 'bluetoothd',
    );
    const ours = service.state?.beacon.advertising ?? false;
    if (bluetoothd !== undefined && !ours) {
      return failed(
        `bluetoothd runs (process ${bluetoothd})`,
        faultRemedies['adapter-busy'],
        'adapter-busy',
      );
    }
    if (reports(service, 'adapter-busy')) {
      return failed(
        'the service reports that another program uses the adapter',
        'Find it: fuser -v /dev/rfkill; ps ax | grep -i -e hci -e bluetooth',
        'adapter-busy',
      );
    }
    if (bluetoothd !== undefined) {
      return warning(
        `the service advertises, but bluetoothd runs too (process ${bluetoothd})`,
        faultRemedies['adapter-busy'],
      );
    }
    return ok(ours ? 'the service has it' : 'no bluetoothd');
  },
});

/** Whether the kernel lets the service have the adapter for itself. */
export const bluetoothPermission = terminalCheck({
  name: 'bluetooth-permission',
  needs: ['bluetooth-adapter'],
  async look(terminal, world) {
    const subject = subjectOf(await terminal.service(), world);
    const lacking = subject.lacks(['NET_ADMIN', 'NET_RAW']);
    if (lacking.length === 0) return ok(`${subject.who} has NET_ADMIN and NET_RAW`);
    const seen = `${subject.who} lacks ${lacking.join(' and ')}`;
    return subject.isService
      ? failed(seen, faultRemedies['no-permission'], 'no-permission')
      : warning(`${seen}; the service does not run`, faultRemedies['no-permission']);
  },
});

/** Whether the beacon is on the air. */
export const radio = terminalCheck({
  name: 'radio',
  needs: ['bluetooth-adapter'],
  async look(terminal) {
    const service = await terminal.service();
    if (service.state === null) return skipped('the service does not say whether it advertises');
    if (reports(service, 'radio-down')) {
      return failed(
        'the service reports that its radio is down',
        faultRemedies['radio-down'],
        'radio-down',
      );
    }
    if (service.state.beacon.advertising) return ok('the service advertises');
    return failed(
      `the service does not advertise (phase ${service.state.phase})`,
      'See the checks above, and mobilepay-pos: without a point of sale there is no beacon id.',
    );
  },
});
