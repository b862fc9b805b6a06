import { faultRemedies } from '../../../contract/fault-remedies.ts';
import type { FaultCode } from '../../../contract/faults.ts';
import { faultCodes } from '../../../contract/faults.ts';
import { failed, ok, warning } from '../finding.ts';
import type { Terminal } from '../patient.ts';
import { terminalCheck } from '../patient.ts';
import type { World } from '../world.ts';
import { systemdOutput } from '../world.ts';

const UNIT = 'beacon-terminal';
/** Time to ask systemd, and the broker twice. */
const LIMIT_MS = 20_000;
/** So many restarts by systemd are no accident. */
const MANY_RESTARTS = 3;

/** What systemd knows of the unit; null where there is no systemd, or no such unit. */
async function unitOf(world: World, signal: AbortSignal) {
  const asked = ['show', UNIT, '--property=LoadState,ActiveState,SubState,NRestarts'];
  const said = await systemdOutput(world, 'systemctl', asked, signal);
  const values = new Map(
    (said ?? '').split('\n').map((line) => line.split('=') as [string, string]),
  );
  if (values.get('LoadState') !== 'loaded') return null;
  return {
    state: `${values.get('ActiveState')} (${values.get('SubState')})`,
    failed: values.get('ActiveState') === 'failed',
    restarts: Number(values.get('NRestarts') ?? 0),
  };
}

async function look(terminal: Terminal, world: World, signal: AbortSignal) {
  const [unit, { pid, state, trouble }] = await Promise.all([
    unitOf(world, signal),
    terminal.service(),
  ]);
  const systemd = unit === null ? '' : `; systemd: ${unit.state}, ${unit.restarts} restarts`;
  const log = unit === null ? "Read the service's log." : `Read: journalctl -u ${UNIT} -e`;
  const runs = pid === null ? 'it runs elsewhere' : `it runs (process ${pid})`;
  if (unit?.failed) return failed(`it does not run${systemd}`, log);
  if (pid === null && state === null) {
    return warning(`it does not run${systemd}`, `Start it: systemctl start ${UNIT}`);
  }
  if (pid === null) {
    return warning(
      `${terminal.config.terminal.id} is online at the broker, but no process here holds ${terminal.config.journal.path}`,
      'If this machine is not the one that runs it, stop the other or give each its own terminal.id; if it is, run doctor as root.',
      'duplicate-terminal',
    );
  }
  if (state === null) {
    const why =
      trouble === null ? 'the broker does not show it online' : `it cannot be asked: ${trouble}`;
    return warning(`${runs}, but ${why}${systemd}`, log);
  }
  const seen = `${runs}, phase ${state.phase}${systemd}`;
  if (state.phase === 'out-of-order') return failed(`${seen}, faults: ${faultsOf(state)}`, log);
  if (state.faults.length > 0) {
    return warning(`${seen}, faults: ${faultsOf(state)}`, remedyOf(state.faults[0] ?? '', log));
  }
  if ((unit?.restarts ?? 0) >= MANY_RESTARTS) return warning(seen, log);
  return ok(`${seen}, no faults`);
}

function faultsOf({ faults }: { faults: readonly string[] }): string {
  return faults.length === 0 ? 'none' : faults.join(', ');
}

function remedyOf(fault: string, otherwise: string): string {
  const known = (faultCodes as readonly string[]).includes(fault);
  return known ? faultRemedies[fault as FaultCode] : otherwise;
}

/** Whether the service runs, and what it says of itself. */
export const service = terminalCheck({ name: 'service', limitMs: LIMIT_MS, look });
