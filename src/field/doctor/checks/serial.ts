import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Config } from '../../../config/resolve.ts';
import type { Finding } from '../finding.ts';
import { failed, ok, skipped, warning } from '../finding.ts';
import { kernelText, namesIn } from '../kernel-files.ts';
import { holdersOf } from '../open-files.ts';
import type { Terminal } from '../patient.ts';
import { terminalCheck } from '../patient.ts';
import { subjectOf } from '../rights.ts';
import type { ServiceView } from '../service-view.ts';
import { processName } from '../service-view.ts';
import type { World } from '../world.ts';

const CABLE = 'Check cable and power; ls -l /dev/serial/by-id shows what there is.';
const GROUP = 'Put the user of the service into the group dialout.';

function portsOf({ panel, whiteBox }: Config): { port: string; key: string }[] {
  const { driver, port } = panel.display;
  return [
    ...(driver === 'escpos' || driver === 'nextion' ? [{ port, key: 'panel.display.port' }] : []),
    ...(whiteBox.port === undefined ? [] : [{ port: whiteBox.port, key: 'whiteBox.port' }]),
  ];
}

/** Whether the kernel talks to a port itself: `console=serial0,115200` in its command line. */
function isConsole(port: string, procDir: string): boolean {
  const line = kernelText(join(procDir, 'cmdline')) ?? '';
  const names = [...line.matchAll(/\bconsole=([^,\s]+)/g)].map(([, name = '']) => name);
  const real = basename(realpathSync(port));
  return names.some((name) => name === basename(port) || name === real);
}

function findingAt(
  { port, key }: { port: string; key: string },
  service: ServiceView,
  world: World,
): Finding {
  if (!existsSync(port)) return failed(`${key}: there is no ${port}`, CABLE, 'display-unreachable');
  if (!statSync(port).isCharacterDevice()) {
    return failed(`${key}: ${port} is no serial port`, `Correct ${key}. ${CABLE}`);
  }
  const subject = subjectOf(service, world);
  if (!subject.mayReadAndWrite(port)) {
    const seen = `${key}: ${subject.who} may not open ${port}`;
    return subject.isService ? failed(seen, GROUP, 'no-permission') : warning(seen, GROUP);
  }
  const holders = holdersOf(port, world.procDir).filter((pid) => pid !== process.pid);
  const other = holders.find((pid) => pid !== service.pid);
  if (other !== undefined) {
    const name = processName(world.procDir, other);
    return failed(
      `${key}: ${port} is held by ${name} (process ${other})`,
      'Stop that program: systemctl disable --now ModemManager, brltty, or serial-getty@ of the port.',
      'display-unreachable',
    );
  }
  if (isConsole(port, world.procDir)) {
    return warning(
      `${key}: the kernel writes its console to ${port}`,
      'Take console= of this port out of /boot/firmware/cmdline.txt, and restart.',
    );
  }
  const used = service.pid !== null && holders.includes(service.pid);
  const use = used ? `in use by the service (process ${service.pid})` : 'free';
  return ok(`${key}: ${port}, ${use}`);
}

async function look(terminal: Terminal, world: World): Promise<Finding> {
  const ports = portsOf(terminal.config);
  if (ports.length === 0) {
    const there = namesIn('/dev').filter((name) => /^tty(USB|ACM|AMA|GS)\d+$/.test(name));
    return skipped(
      `none is configured; there is ${there.length === 0 ? 'none' : there.join(', ')}`,
    );
  }
  const service = await terminal.service();
  const found = ports.map((port) => findingAt(port, service, world));
  const worst =
    found.find(({ verdict }) => verdict === 'failed') ??
    found.find(({ verdict }) => verdict === 'warning');
  const evidence = found.map((each) => each.evidence).join('; ');
  return worst === undefined ? ok(evidence) : { ...worst, evidence };
}

/** Whether the serial ports are there, may be opened, and are nobody else's. */
export const serialPorts = terminalCheck({ name: 'serial-ports', look });
