import type { Logger } from 'pino';
import type { ReportFault } from '../ports.ts';
import { createSerialLine } from '../serial/serial-line.ts';
import { createAtInterpreter } from './at-commands.ts';

/** As the vendor's device: 9600 baud, 8 data bits, no parity. */
const BAUD_RATE = 9600;

/** Answers a register that was made for MobilePay's white box, at a serial port. */
export interface WhiteBox {
  setBeaconId(beaconId: string | null): void;
  close(): Promise<void>;
}

export function createWhiteBox(options: {
  port: string;
  logger: Logger;
  reportFault: ReportFault;
}): WhiteBox {
  const { port, logger, reportFault } = options;
  let beaconId: string | null = null;
  const commands = createAtInterpreter(() => beaconId);
  const line = createSerialLine({
    path: port,
    baudRate: BAUD_RATE,
    logger,
    onData(bytes) {
      const answer = commands.take(bytes, performance.now());
      if (answer === '') return;
      line.write(Buffer.from(answer)).catch((error: unknown) => {
        logger.debug({ err: error }, 'the register took no answer');
      });
    },
    onTrouble: (trouble) => reportFault('no-permission', trouble === 'no-permission'),
  });
  return {
    setBeaconId(id) {
      beaconId = id;
    },
    close: () => line.close(),
  };
}
