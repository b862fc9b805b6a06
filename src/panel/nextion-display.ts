import iconv from 'iconv-lite';
import type { Logger } from 'pino';
import type { ButtonAction, ButtonName, DisplayContent } from '../contract/device.ts';
import type { Buttons, Display, ReportFault } from '../ports.ts';
import { type ButtonState, buttonAtFirst, lookAtButton } from './button-press.ts';
import { spellWith } from './code-page.ts';
import { createNextionReader, type NextionAnswer, nextionInstruction } from './nextion-protocol.ts';
import { createSerialDisplay } from './serial-display.ts';

/** As in the page source, hardware/nextion.md. */
const touchButtons = new Map<number, ButtonName>([
  [6, 'pay'],
  [7, 'cancel'],
]);
const REFRESH_MS = 10_000;
/** How long the display has to say which page it shows. */
const ANSWER_TIMEOUT_MS = 2000;

const CHARSET = 'iso-8859-15';

/** What the fonts of the page have: ISO 8859-15, but for ÿ, which ends instructions. */
const has = (character: string) =>
  !/[\p{C}\u00a0ÿ]/u.test(character) &&
  iconv.decode(iconv.encode(character, CHARSET), CHARSET) === character;

/** Several lines of text as an instruction writes them. */
function quoted(...lines: string[]): string {
  const escaped = lines.map((line) => {
    const spelt = spellWith(line, has).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    return iconv.encode(spelt, CHARSET).toString('latin1');
  });
  return `"${escaped.join('\\r')}"`;
}

/** The page is told what it is, and each part of it what it says: the same again changes nothing. */
export function nextionPicture(content: DisplayContent): Uint8Array {
  const lines = content.lines === null ? [content.detail] : content.lines.slice(1);
  const title = content.lines?.[0] ?? content.title;
  const shown = (visible: boolean) => (visible ? 1 : 0);
  return Uint8Array.from(
    [
      `t0.txt=${quoted(title)}`,
      `t1.txt=${quoted(...lines)}`,
      `t2.txt=${quoted(content.amount ?? '')}`,
      `vis t2,${shown(content.amount !== null)}`,
      ...(content.qr === null ? [] : [`qr0.txt=${quoted(content.qr)}`]),
      `vis qr0,${shown(content.qr !== null)}`,
    ].flatMap(nextionInstruction),
  );
}

/** bkcmd=2: it answers only what it could not do. */
const hello = Uint8Array.from(['', 'bkcmd=2', 'page terminal'].flatMap(nextionInstruction));
const whichPage = Uint8Array.from(nextionInstruction('sendme'));

/** A Nextion touch display at a serial port: it draws QR codes, and its two fields are buttons. */
export function createNextionDisplay(options: {
  port: string;
  baudRate: number;
  logger: Logger;
  reportFault: ReportFault;
  refreshMs?: number;
  answerTimeoutMs?: number;
}): { display: Display; buttons: Buttons } {
  const { logger, reportFault, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const listeners: ((button: ButtonName, action: ButtonAction) => void)[] = [];
  const fields = new Map([...touchButtons.values()].map((button) => [button, attend(button)]));
  const refusals = new Set<number>();
  const read = createNextionReader();
  let unanswered: NodeJS.Timeout | undefined;

  const serial = createSerialDisplay({
    ...options,
    hello,
    draw: nextionPicture,
    onData: (bytes) => read(bytes).forEach(hear),
    refreshMs: options.refreshMs ?? REFRESH_MS,
  });
  const asking = setInterval(ask, options.refreshMs ?? REFRESH_MS);
  asking.unref();

  /** Its cable may be there and it not: only an answer shows that somebody sees it. */
  function ask(): void {
    serial.send(whichPage);
    if (unanswered !== undefined) return;
    unanswered = setTimeout(() => reportFault('display-unreachable', true), answerTimeoutMs);
    unanswered.unref();
  }

  function hear(answer: NextionAnswer): void {
    clearTimeout(unanswered);
    unanswered = undefined;
    reportFault('display-unreachable', false);
    switch (answer.kind) {
      case 'touch': {
        const button = touchButtons.get(answer.component);
        if (button !== undefined) fields.get(button)?.touch(answer.pressed);
        return;
      }
      case 'started':
        serial.send(hello);
        serial.redraw();
        return;
      case 'refused':
        if (refusals.has(answer.code)) return;
        refusals.add(answer.code);
        logger.warn(
          { code: `0x${answer.code.toString(16).padStart(2, '0')}` },
          'the display refuses an instruction; is the page of hardware/nextion.md on it?',
        );
        return;
      case 'page':
        return;
    }
  }

  /** The display has debounced it: a short touch counts, also when both its ends are heard of at once. */
  function attend(button: ButtonName) {
    let state: ButtonState = buttonAtFirst(false, performance.now());
    let again: NodeJS.Timeout | undefined;
    function touch(pressed: boolean): void {
      clearTimeout(again);
      const step = lookAtButton(state, pressed, performance.now(), 0);
      ({ state } = step);
      if (step.againInMs !== null) {
        again = setTimeout(() => touch(pressed), Math.ceil(step.againInMs));
        again.unref();
      }
      const { action } = step;
      if (action !== null) for (const listener of listeners) listener(button, action);
    }
    return { touch, stop: () => clearTimeout(again) };
  }

  function stopButtons(): void {
    listeners.length = 0;
    for (const field of fields.values()) field.stop();
  }

  return {
    display: {
      show: (content) => serial.show(content),
      async close() {
        clearInterval(asking);
        clearTimeout(unanswered);
        stopButtons();
        await serial.close();
      },
    },
    buttons: {
      onPress: (listener) => void listeners.push(listener),
      close: async () => stopButtons(),
    },
  };
}
