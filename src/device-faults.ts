import type { DeviceFault, ReportFault } from './ports.ts';

/**
 * Joins what the devices report: a fault is there as long as any device has it, so that one that
 * works again does not clear another's.
 */
export interface DeviceFaults {
  /** One for each device. */
  reporter(): ReportFault;
  /** Tells `report` of every fault there is, and from now on of every change. */
  connect(report: ReportFault): void;
}

export function createDeviceFaults(): DeviceFaults {
  const holders = new Map<DeviceFault, Set<ReportFault>>();
  let tell: ReportFault = () => {};

  function set(device: ReportFault, code: DeviceFault, present: boolean): void {
    const having = holders.get(code) ?? new Set();
    const before = having.size > 0;
    if (present) having.add(device);
    else having.delete(device);
    holders.set(code, having);
    if (before !== having.size > 0) tell(code, present);
  }

  return {
    reporter() {
      const device: ReportFault = (code, present) => set(device, code, present);
      return device;
    },
    connect(report) {
      tell = report;
      for (const [code, having] of holders) if (having.size > 0) report(code, true);
    },
  };
}
