import type { Logger } from 'pino';
import type { ReportFault } from '../ports.ts';
import { GpioMissing } from './gpio-chip.ts';

/** What lamps and buttons say of the system's errors; `undefined`: there is none any more. */
export type GpioReport = (error: unknown) => void;

/** Reports faults, and logs each reason once. */
export function createGpioReport(reportFault: ReportFault, logger: Logger): GpioReport {
  let told: string | undefined;
  return (error) => {
    const { code, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
    const forbidden = code === 'EACCES' || code === 'EPERM';
    const missing = error !== undefined && !forbidden;
    reportFault('no-permission', forbidden);
    reportFault('gpio-missing', missing);
    if (told === message) return;
    told = message;
    if (error instanceof GpioMissing) logger.error(message);
    else if (error !== undefined)
      logger.error({ err: error }, 'a GPIO line or lamp cannot be used');
    else logger.info('lights or buttons work again');
  };
}
