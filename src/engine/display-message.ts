import type { TerminalView } from '../ports.ts';
import { after } from './look-up.ts';

type Message = NonNullable<TerminalView['message']>;

/** What the register wants shown while the terminal is idle, for as long as it said. */
export function createDisplayMessage(onEnded: () => void) {
  let message: Message | null = null;
  let forget: (() => void) | undefined;

  function clear(): void {
    forget?.();
    message = null;
  }

  return {
    current: (): Message | null => message,
    /** In place of whatever was shown before. */
    show(next: Message, seconds: number): void {
      clear();
      message = next;
      forget = after(seconds * 1000, () => {
        clear();
        onEnded();
      });
    },
    clear,
  };
}
export type DisplayMessage = ReturnType<typeof createDisplayMessage>;
