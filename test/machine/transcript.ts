const WHO_COLUMNS = 9;

/** What a person standing at the counter would have noted down, printed as it happens. */
export interface Transcript {
  note(who: string, what: string): void;
}

export function createTranscript(story: string): Transcript {
  const beganAt = performance.now();
  const print = (text: string) => process.stdout.write(`${text}\n`);
  print(`\n── ${story}`);
  return {
    note(who, what) {
      const seconds = ((performance.now() - beganAt) / 1000).toFixed(1).padStart(6);
      print(`${seconds} s  ${who.padEnd(WHO_COLUMNS)}${what}`);
    },
  };
}
