import type { Command } from 'commander';

export interface TerminalFlags {
  config?: string;
  mqttUrl?: string[];
  terminal?: string;
  prefix?: string;
  username?: string;
  ca?: string;
  cert?: string;
  key?: string;
}

/** How `pay`, `refund` and `send` are told which terminal to speak to. */
export function withTerminalFlags(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'config file of the terminal (default: /etc/beacon-terminal/config.yaml)',
    )
    .option(
      '--mqtt-url <url>',
      'broker, instead of the config file, e.g. mqtt://127.0.0.1:1883; may be repeated',
      // Not a list option: that would swallow the AMOUNT behind it.
      (url: string, before: string[] = []) => [...before, url],
    )
    .option('--terminal <id>', 'terminal.id of the terminal')
    .option('--prefix <topic>', 'what every topic begins with (default: beacon/1)')
    .option('--username <name>', "user at the broker; the password is the secret mqtt-password's")
    .option('--ca <file>', "PEM file of the broker's certificate authority")
    .option('--cert <file>', 'PEM file of the certificate to show the broker')
    .option('--key <file>', 'PEM file of its key');
}
