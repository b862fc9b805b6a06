import type { Logger } from 'pino';
import type { DisplayContent } from '../contract/device.ts';
import type { Display, ReportFault } from '../ports.ts';
import type { SerialTrouble } from '../serial/serial-line.ts';
import { createSerialLine } from '../serial/serial-line.ts';

/**
 * A display that loses its power while its USB adapter keeps it tells nobody. It is drawn anew this
 * often, so that it comes back with the right words.
 */
const REFRESH_MS = 10_000;

export interface SerialDisplayOptions {
  port: string;
  baudRate: number;
  logger: Logger;
  reportFault: ReportFault;
  /** What is sent once, when the port opens. */
  hello: Uint8Array;
  /** All a display needs to show this, also after it was reset; the same again must not flicker. */
  draw: (content: DisplayContent) => Uint8Array;
  onData?: (bytes: Uint8Array) => void;
  refreshMs?: number;
}

export interface SerialDisplay extends Display {
  /** Draws what is shown once more, if the port is open. */
  redraw(): void;
  send(bytes: Uint8Array): void;
}

/** What displays at a serial port have in common: their cable. */
export function createSerialDisplay(options: SerialDisplayOptions): SerialDisplay {
  const { hello, draw, logger, refreshMs = REFRESH_MS } = options;
  let wanted: DisplayContent | undefined;
  let closed = false;
  const line = createSerialLine({
    path: options.port,
    baudRate: options.baudRate,
    logger,
    onOpen: () => send(wanted === undefined ? hello : Buffer.concat([hello, draw(wanted)])),
    onTrouble: (trouble) => report(options.reportFault, trouble),
    ...(options.onData === undefined ? {} : { onData: options.onData }),
  });
  const refresh = setInterval(redraw, refreshMs);
  refresh.unref();

  function redraw(): void {
    if (wanted !== undefined && line.isOpen()) send(draw(wanted));
  }

  /** What cannot be sent now is drawn when the port opens again. */
  function send(bytes: Uint8Array): void {
    line.write(bytes).catch((error: unknown) => {
      logger.debug({ err: error }, 'the display took nothing');
    });
  }

  return {
    async show(content) {
      if (closed) return;
      const first = wanted === undefined;
      wanted = { ...content, lines: content.lines && [...content.lines] };
      if (line.isOpen()) {
        await line.write(draw(wanted)).catch(() => {});
      } else if (first) {
        await line.tried;
      }
    },
    async close() {
      closed = true;
      clearInterval(refresh);
      await line.close();
    },
    redraw,
    send,
  };
}

function report(reportFault: ReportFault, trouble: SerialTrouble | null): void {
  reportFault('no-permission', trouble === 'no-permission');
  reportFault('display-unreachable', trouble === 'unreachable');
}
