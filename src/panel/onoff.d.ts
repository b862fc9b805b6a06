/** The part of onoff 6 that is used. Its own types are missing where the package is left out. */
declare module 'onoff' {
  export class Gpio {
    constructor(
      line: number,
      direction: 'in' | 'low',
      edge?: 'both',
      options?: { activeLow?: boolean },
    );
    writeSync(value: 0 | 1): void;
    readSync(): 0 | 1;
    watch(listener: (error: Error | null | undefined, value: 0 | 1) => void): void;
    unexport(): void;
  }
}
