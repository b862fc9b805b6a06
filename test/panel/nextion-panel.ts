import iconv from 'iconv-lite';

const END = Buffer.from([0xff, 0xff, 0xff]);

/** A Nextion with the page of hardware/nextion.md: bytes in, what stands on it out. */
export class NextionPanel {
  page: string | null = null;
  refused: string[] = [];
  asked = 0;
  texts: Record<string, string> = { t0: '', t1: '', t2: '', qr0: '' };
  visible: Record<string, boolean> = { t2: true, qr0: true };
  private unfinished = Buffer.alloc(0);

  feed(bytes: Uint8Array): this {
    let rest = Buffer.concat([this.unfinished, bytes]);
    for (let end = rest.indexOf(END); end !== -1; end = rest.indexOf(END)) {
      this.obey(iconv.decode(rest.subarray(0, end), 'iso-8859-15'));
      rest = rest.subarray(end + END.length);
    }
    this.unfinished = rest;
    return this;
  }

  /** What a person sees: headline, lines, amount; and the QR code. */
  get text(): string {
    const { t0 = '', t1 = '', t2 = '' } = this.texts;
    return [t0, t1, ...(this.visible['t2'] ? [t2] : [])].join('\n');
  }
  get qr(): string | null {
    return this.visible['qr0'] ? (this.texts['qr0'] ?? '') : null;
  }

  private obey(instruction: string): void {
    const [, page] = /^page (\w+)$/.exec(instruction) ?? [];
    const [, part = '', text] = /^(\w+)\.txt="((?:[^"\\]|\\["\\r])*)"$/.exec(instruction) ?? [];
    const [, hidden = '', visible] = /^vis (\w+),([01])$/.exec(instruction) ?? [];
    if (instruction === '' || instruction === 'bkcmd=2') return;
    if (instruction === 'sendme') this.asked += 1;
    else if (page !== undefined) this.page = page;
    else if (text !== undefined && part in this.texts) {
      this.texts[part] = text.replaceAll(/\\(.)/g, (_, escaped) =>
        escaped === 'r' ? '\n' : escaped,
      );
    } else if (visible !== undefined && hidden in this.visible) {
      this.visible[hidden] = visible === '1';
    } else this.refused.push(instruction);
  }
}
