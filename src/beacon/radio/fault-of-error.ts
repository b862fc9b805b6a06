import type { RadioFault } from './radio-messages.ts';

/** Node has no name for it. */
const ERFKILL = 132;

const faults: Record<string, { fault: RadioFault; remedy: string }> = {
  EAFNOSUPPORT: { fault: 'adapter-missing', remedy: 'this kernel has no Bluetooth' },
  ENODEV: { fault: 'adapter-missing', remedy: 'there is no such adapter' },
  EBUSY: {
    fault: 'adapter-busy',
    remedy: 'another program uses the adapter, often bluetoothd: stop bluetooth.service',
  },
  EPERM: { fault: 'no-permission', remedy: 'the capabilities NET_ADMIN and NET_RAW are needed' },
  EACCES: { fault: 'no-permission', remedy: 'the capabilities NET_ADMIN and NET_RAW are needed' },
  MODULE_NOT_FOUND: {
    fault: 'radio-down',
    remedy: 'the package @abandonware/bleno is not installed',
  },
};

/** What an error from loading or opening the adapter means. */
export function faultOfError(error: unknown): { fault: RadioFault; detail: string } {
  const { code, errno, message } = error as Partial<NodeJS.ErrnoException>;
  if (errno === ERFKILL) return { fault: 'adapter-blocked', detail: 'the adapter is blocked' };
  const known = faults[code ?? ''];
  if (known === undefined) {
    return { fault: 'radio-down', detail: message ?? String(error) };
  }
  return { fault: known.fault, detail: `${known.remedy} (${code})` };
}
