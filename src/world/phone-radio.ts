import { writeCheckIn } from '../beacon/gatt/check-in-write.ts';
import type { PhoneDeed, PhoneNews } from '../contract/virtual-device.ts';

type Reading = Extract<PhoneDeed, { do: 'read' }>['name'];

/** The Bluetooth of the customer's phone: the phone's side of docs/ble.md. */
export class PhoneRadio {
  readonly #do: (deed: PhoneDeed) => void;
  readonly #waiting = new Map<number, (value: string | null) => void>();
  #asked = 0;

  constructor(act: (deed: PhoneDeed) => void) {
    this.#do = act;
  }

  /** What the terminal's beacon says to the phone. */
  hear(news: PhoneNews): void {
    switch (news.of) {
      case 'answer':
        return this.#answer(news.ask, news.value);
      case 'refusal':
        return this.#answer(news.ask, null);
      case 'dropped':
        for (const ask of [...this.#waiting.keys()]) this.#answer(ask, null);
        return;
      case 'state':
        return;
    }
  }

  /** Checks in with this token. False: the terminal did not take it, or did not answer. */
  async checkIn(token: Uint8Array, authenticator: Uint8Array): Promise<boolean> {
    this.#do({ do: 'connect' });
    const challenge = await this.#read('challenge');
    if (challenge === null) return false;
    const nonce = Buffer.from(challenge, 'hex');
    const value = writeCheckIn({ nonce, token, authenticator }).toString('hex');
    const taken = await this.#ask((ask) => ({ do: 'check-in', ask, value }));
    this.#do({ do: 'disconnect' });
    return taken !== null;
  }

  #read(name: Reading): Promise<string | null> {
    return this.#ask((ask) => ({ do: 'read', ask, name }));
  }

  #ask(deedOf: (ask: number) => PhoneDeed): Promise<string | null> {
    this.#asked += 1;
    const ask = this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(ask, resolve);
      this.#do(deedOf(ask));
    });
  }

  #answer(ask: number, value: string | null): void {
    this.#waiting.get(ask)?.(value);
    this.#waiting.delete(ask);
  }
}
