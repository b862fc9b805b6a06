/** How many letters to insert, delete, replace or swap with their neighbour (Damerau). */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replace = (last[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const insertOrDelete = Math.min(last[j] ?? 0, row[j - 1] ?? 0) + 1;
      const swapped = i > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swap = swapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replace, insertOrDelete, swap));
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}

/** The name that was probably meant, or undefined when none is near. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, '');
  const ranked = names
    .map((candidate) => ({ candidate, steps: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.steps - b.steps);
  const [best] = ranked;
  if (best === undefined) return undefined;
  const allowed = Math.max(1, Math.floor(name.length / 4));
  // Two letters are one step from too many others.
  return best.steps <= (best.candidate.length < 3 ? 0 : allowed) ? best.candidate : undefined;
}
