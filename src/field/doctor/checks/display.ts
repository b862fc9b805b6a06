import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { pino } from 'pino';
import type { DisplayContent } from '../../../contract/device.ts';
import { faultRemedies } from '../../../contract/fault-remedies.ts';
import { lcdPicture } from '../../../panel/character-lcd-display.ts';
import { escposPicture } from '../../../panel/escpos-display.ts';
import { createNextionReader, nextionInstruction } from '../../../panel/nextion-protocol.ts';
import type { Finding } from '../finding.ts';
import { failed, ok, skipped } from '../finding.ts';
import type { Terminal } from '../patient.ts';
import { terminalCheck } from '../patient.ts';
import { inUse, reports } from '../service-view.ts';

const ANSWER_WITHIN_MS = 2_000;
const TRIAL = 'beacon-terminal';

const trial = (terminalId: string): DisplayContent => ({
  scene: 'doctor',
  title: TRIAL,
  detail: terminalId,
  amount: null,
  qr: null,
  lines: null,
});

const unreachable = (evidence: string): Finding =>
  failed(evidence, faultRemedies['display-unreachable'], 'display-unreachable');

/** Sends bytes, and waits for an answer that is enough. Opens the port, which nobody may hold. */
async function exchange(
  { port, baudRate }: { port: string; baudRate: number },
  bytes: Uint8Array,
  {
    isEnough,
    waitMs,
    signal,
  }: { isEnough: (heard: Uint8Array) => boolean; waitMs: number; signal: AbortSignal },
): Promise<{ written: boolean; enough: boolean }> {
  const { createSerialLine } = await import('../../../serial/serial-line.ts');
  let heard: () => void = () => {};
  const answered = new Promise<void>((resolve) => {
    heard = resolve;
  });
  let enough = false;
  const line = createSerialLine({
    path: port,
    baudRate,
    logger: pino({ level: 'silent' }),
    onData(data) {
      enough ||= isEnough(data);
      if (enough) heard();
    },
  });
  signal.addEventListener('abort', () => void line.close());
  try {
    await line.tried;
    await line.write(bytes);
    await Promise.race([answered, pause(waitMs)]);
    return { written: true, enough };
  } catch {
    return { written: false, enough };
  } finally {
    await line.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

async function tryNextion(
  at: { port: string; baudRate: number },
  signal: AbortSignal,
): Promise<Finding> {
  const read = createNextionReader();
  const isEnough = (data: Uint8Array) => read(data).length > 0;
  const question = Uint8Array.from(['', 'sendme'].flatMap(nextionInstruction));
  const { written, enough } = await exchange(at, question, {
    isEnough,
    waitMs: ANSWER_WITHIN_MS,
    signal,
  });
  if (enough) return ok(`${at.port}: it says which page it shows`);
  return unreachable(
    written
      ? `${at.port}: no answer at ${at.baudRate} baud`
      : `${at.port} cannot be opened, or takes nothing`,
  );
}

async function tryEscpos(
  terminal: Terminal,
  at: { port: string; baudRate: number },
  signal: AbortSignal,
): Promise<Finding> {
  const { config } = terminal;
  const picture = escposPicture(trial(config.terminal.id), config.panel.display.model);
  const { written } = await exchange(at, picture, { isEnough: () => true, waitMs: 0, signal });
  return written
    ? ok(`${at.port} takes bytes; it cannot answer: it should show "${TRIAL}" now`)
    : unreachable(`${at.port} cannot be opened, or takes nothing`);
}

async function tryLcd(terminalId: string, port: string): Promise<Finding> {
  try {
    const file = await open(port, constants.O_WRONLY | constants.O_NOCTTY);
    try {
      await file.write(lcdPicture(trial(terminalId)));
    } finally {
      await file.close();
    }
    return ok(`${port} takes bytes; it should show "${TRIAL}" now`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const forbidden = code === 'EACCES' || code === 'EPERM';
    return forbidden
      ? failed(
          `${port} may not be written to`,
          'Install hardware/60-beacon-terminal.rules.',
          'no-permission',
        )
      : unreachable(`${port} cannot be written to (${code})`);
  }
}

/** Whether the display answers, or at least takes what it is sent. */
export const display = terminalCheck({
  name: 'display',
  needs: ['config'],
  async look(terminal, _world, signal) {
    const { driver, port, baudRate } = terminal.config.panel.display;
    if (driver === 'none' || driver === 'virtual')
      return skipped(`panel.display.driver is ${driver}`);
    const service = await terminal.service();
    const used = inUse(service);
    if (reports(service, 'display-unreachable')) {
      return unreachable(`${port}: the service reports that it does not reach it`);
    }
    if (used !== null) {
      const word = service.state === null ? 'which cannot be asked' : 'which reaches it';
      return ok(`${port}: ${used}, ${word}`);
    }
    switch (driver) {
      case 'nextion':
        return await tryNextion({ port, baudRate }, signal);
      case 'escpos':
        return await tryEscpos(terminal, { port, baudRate }, signal);
      case 'character-lcd':
        return await tryLcd(terminal.config.terminal.id, port);
    }
  },
});
