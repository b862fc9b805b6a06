import iconv from 'iconv-lite';

const COLUMNS = 20;
const ROWS = 2;
/** ESC t n, of those that matter to us (ESC/POS display commands). */
const tables = new Map([
  [5, 'cp865'],
  [19, 'cp858'],
]);

/**
 * A customer display as Epson's manual describes it: bytes in, a grid of 2 x 20 out. Written from the
 * commands' description and not from the driver. A byte it does not know is an error.
 */
export class EpsonDisplay {
  /** How often anything on it moved by itself. */
  scrolls = 0;
  cursorShown = true;
  /** The beginning of a command whose end has not come. */
  private unfinished: number[] = [];
  private cells = blank();
  private column = 0;
  private row = 0;
  private table = 'cp437';
  private mode: 'overwrite' | 'vertical' | 'horizontal' = 'overwrite';

  /** The two lines as a person reads them. */
  get lines(): string[] {
    return this.cells.map((row) => row.join(''));
  }

  feed(bytes: Uint8Array): this {
    let rest = [...this.unfinished, ...bytes];
    while (rest.length >= lengthOf(rest)) rest = rest.slice(this.take(rest));
    this.unfinished = rest;
    return this;
  }

  /** Takes one command or character; says how many bytes it had. */
  private take([first = 0, second = 0, third = 0, fourth = 0]: number[]): number {
    if (first === 0x1b) return this.takeEscape(second, third);
    if (first === 0x1f) return this.takeUnit(second, third, fourth);
    if (first === 0x0c) {
      this.cells = blank();
      this.column = 0;
      this.row = 0;
      return 1;
    }
    if (first < 0x20) throw new Error(`unknown control character ${first}`);
    this.print(iconv.decode(Buffer.from([first]), this.table));
    return 1;
  }

  private takeEscape(command: number, value: number): number {
    switch (command) {
      case 0x40:
        this.cells = blank();
        this.column = 0;
        this.row = 0;
        this.table = 'cp437';
        this.mode = 'overwrite';
        this.cursorShown = true;
        return 2;
      case 0x52:
        if (value !== 0) throw new Error('national characters stand in for others');
        return 3;
      case 0x74: {
        const table = tables.get(value);
        if (table === undefined) throw new Error(`no code table ${value}`);
        this.table = table;
        return 3;
      }
      default:
        throw new Error(`unknown command ESC ${command}`);
    }
  }

  private takeUnit(command: number, value: number, next: number): number {
    switch (command) {
      case 0x01:
        this.mode = 'overwrite';
        return 2;
      case 0x02:
        this.mode = 'vertical';
        return 2;
      case 0x03:
        this.mode = 'horizontal';
        return 2;
      case 0x24:
        if (value < 1 || value > COLUMNS || next < 1 || next > ROWS) {
          throw new Error(`no place ${value}, ${next}`);
        }
        this.column = value - 1;
        this.row = next - 1;
        return 4;
      case 0x43:
        this.cursorShown = value === 1;
        return 3;
      default:
        throw new Error(`unknown command US ${command}`);
    }
  }

  private print(character: string): void {
    const row = this.cells[this.row];
    if (row === undefined) throw new Error('the cursor is nowhere');
    row[this.column] = character;
    if (this.column < COLUMNS - 1) {
      this.column += 1;
      return;
    }
    if (this.mode === 'horizontal') {
      this.scrolls += 1;
      row.splice(0, 1);
      row.push(' ');
      return;
    }
    this.column = 0;
    if (this.row < ROWS - 1) {
      this.row += 1;
      return;
    }
    if (this.mode === 'vertical') {
      this.scrolls += 1;
      this.cells = [this.cells[1] ?? [], blank()[0] ?? []];
      return;
    }
    this.row = 0;
  }
}

/** How many bytes the command or character has that begins here; at least 1. */
function lengthOf([first = 0, second = -1]: number[]): number {
  if (first === 0x1b) return second === 0x40 ? 2 : 3;
  if (first === 0x1f)
    return (
      new Map([
        [0x24, 4],
        [0x43, 3],
      ]).get(second) ?? 2
    );
  return 1;
}

function blank(): string[][] {
  return Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS }, () => ' '));
}
