import type { CommandName } from './commands.ts';
import { commandNames } from './commands.ts';
import type { EventName } from './messages.ts';

/** Every topic of one terminal, `{prefix}/{terminalId}/…`. */
export function topicsOf(prefix: string, terminalId: string) {
  const root = `${prefix}/${terminalId}`;
  return {
    root,
    state: `${root}/state`,
    info: `${root}/info`,
    reply: `${root}/reply`,
    telemetry: `${root}/telemetry`,
    desiredConfig: `${root}/config/desired`,
    reportedConfig: `${root}/config/reported`,
    event: (name: EventName) => `${root}/event/${name}`,
    command: (name: CommandName) => `${root}/command/${name}`,
    /** Not `#`: that is the level above as well, for nats-server a subscription of its own. */
    allEvents: `${root}/event/+`,
    allCommands: `${root}/command/#`,
    /** The text after `command/`, or undefined when the topic is not a command of this terminal. */
    commandText: (topic: string): string | undefined =>
      topic.startsWith(`${root}/command/`)
        ? topic.slice(root.length + '/command/'.length)
        : undefined,
  };
}
export type Topics = ReturnType<typeof topicsOf>;

export function isCommandName(text: string): text is CommandName {
  return (commandNames as readonly string[]).includes(text);
}
