import type { FaultCode } from '../contract/faults.ts';
import type { Phase } from '../contract/messages.ts';
import type { TerminalView } from '../ports.ts';

/** How the terminal is, for machines that watch it. */
export interface TerminalHealth {
  /** What does not turn any more, or null. */
  standstill: string | null;
  /** A register's payment would be taken now, or is in hand. */
  ready: boolean;
  phase: Phase;
  mqttConnected: boolean;
  apiReachable: boolean;
  faults: readonly FaultCode[];
}

/** @param view undefined until the terminal has shown itself */
export function healthOf(
  view: TerminalView | undefined,
  standstill: string | null,
): TerminalHealth {
  const { phase = 'starting', mqttConnected = false, apiReachable = false } = view ?? {};
  const works = phase !== 'starting' && phase !== 'out-of-order';
  return {
    standstill,
    ready: works && mqttConnected && apiReachable,
    phase,
    mqttConnected,
    apiReachable,
    faults: view?.faults ?? [],
  };
}
