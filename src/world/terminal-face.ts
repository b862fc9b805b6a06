import type { DisplayContent, LightPattern } from '../contract/device.ts';
import type { FromVirtualDevice } from '../contract/virtual-device.ts';
import type { Language } from '../page/shown.ts';
import type { Power, TerminalFace } from './page/world-view.ts';
import type { NewEntry } from './timeline.ts';

const dark: LightPattern = { green: 'off', yellow: 'off', red: 'off' };

/** What the terminal shows to whoever stands before it, put together from what its drivers say. */
export class Face {
  #power: Power = 'off';
  #display: DisplayContent | null = null;
  #lights = dark;
  #beaconId: string | null = null;
  #language: Language = 'en';

  view(): TerminalFace {
    return {
      power: this.#power,
      display: this.#display,
      lights: this.#lights,
      advertising: this.#beaconId !== null,
      language: this.#language,
    };
  }

  /** How a phone nearby can know of the terminal. */
  get seenBy(): 'beacon' | 'qr' | null {
    if (this.#beaconId !== null) return 'beacon';
    return this.#codeShown ? 'qr' : null;
  }

  /** Power comes back, or goes: whatever was lit is dark. */
  setPower(power: Exclude<Power, 'on'>, language: Language): void {
    this.#power = power;
    this.#language = language;
    this.#display = null;
    this.#lights = dark;
    this.#beaconId = null;
  }

  /** Returns what of it a phone can receive, as a line of the timeline. */
  take(message: FromVirtualDevice): NewEntry | null {
    this.#power = 'on';
    switch (message.kind) {
      case 'display': {
        const codeWasShown = this.#codeShown;
        this.#display = message.content;
        return this.#codeShown && !codeWasShown
          ? { ...toPhone, meaning: { code: 'qr-shown' }, wire: message.content.qr }
          : null;
      }
      case 'phone':
        return null;
      case 'lights':
        this.#lights = message.pattern;
        return null;
      case 'beacon':
        this.#beaconId = message.advertising ? message.beaconId : null;
        return this.#beaconId === null
          ? { ...toPhone, to: null, meaning: { code: 'beacon-off' } }
          : { ...toPhone, meaning: { code: 'beacon-on', word: this.#beaconId } };
    }
  }

  get #codeShown(): boolean {
    return (this.#display?.qr ?? null) !== null;
  }
}

const toPhone = { lane: 'air', from: 'terminal', to: 'phone' } as const;
