import { readdirSync, readFileSync } from 'node:fs';

/** A file of /sys or /proc, trimmed; undefined where it is not there or says nothing to us. */
export function kernelText(file: string): string | undefined {
  try {
    // Texts of the device tree end with a NUL.
    return readFileSync(file, 'utf8').replaceAll('\0', '').trim();
  } catch {
    return undefined;
  }
}

/** The names in a folder, sorted; none where it is not there. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
