export interface InFlightWindow {
  /** Begins a task as soon as there is room; it calls `leave` once, when it is over. */
  enter(task: (leave: () => void) => void): void;
}

/**
 * Lets at most `size` tasks run at once; the others wait in order. A broker ends the connection of
 * a client that has more unacknowledged messages under way than its receive maximum.
 */
export function createInFlightWindow(size: number): InFlightWindow {
  const waiting: ((leave: () => void) => void)[] = [];
  let free = size;

  function leave() {
    free += 1;
    const next = waiting.shift();
    if (next !== undefined) run(next);
  }
  function run(task: (leave: () => void) => void) {
    free -= 1;
    task(leave);
  }
  return {
    enter(task) {
      if (free > 0) run(task);
      else waiting.push(task);
    },
  };
}
