import { type SpawnSyncReturns, spawnSync } from 'node:child_process';

export const SERVICE_UNIT = 'beacon-terminal.service';

function systemctl(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync('systemctl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Whether systemd runs this machine: the command alone is also found in containers. */
export function systemdRuns(): boolean {
  const { error, stdout } = systemctl('is-system-running');
  return error === undefined && !['', 'offline', 'unknown'].includes(stdout.trim());
}

export function isActive(unit: string): boolean {
  return systemctl('is-active', '--quiet', unit).status === 0;
}

export function hasUnit(unit: string): boolean {
  return systemctl('cat', unit).status === 0;
}

/** Runs one; what systemctl says of a failure, or null. */
function change(...args: string[]): string | null {
  const { status, stderr, error } = systemctl(...args);
  if (status === 0) return null;
  return (error?.message ?? stderr.trim()) || `systemctl ${args.join(' ')} failed`;
}

/** Enables it for every boot and starts it anew, so that it reads what was written. */
export function enableAndRestart(unit: string): string | null {
  return change('enable', unit) ?? change('restart', unit);
}

export function start(unit: string): string | null {
  return change('start', unit);
}

export function stop(unit: string): string | null {
  return change('stop', unit);
}

export function disable(unit: string): string | null {
  return change('disable', unit);
}
