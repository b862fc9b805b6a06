import { Buffer } from 'node:buffer';

const MAX_TOPIC_BYTES = 512;
/** What terminals say and hear themselves: a reply there would pass for something else. */
const taken = new Set(['command', 'state', 'info', 'event', 'telemetry', 'config']);

/**
 * Whether a reply may go where the sender of a command wants it: a topic name without wildcards,
 * and none that belongs to this or another terminal's own traffic.
 */
export function mayReplyTo(topic: string, prefix: string): boolean {
  if (topic === '' || Buffer.byteLength(topic) > MAX_TOPIC_BYTES) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: MQTT forbids them in topic names
  if (/[+#\u0000-\u001f\u007f]/.test(topic)) return false;
  if (topic.startsWith('$')) return false;
  if (!topic.startsWith(`${prefix}/`)) return true;
  const [, kind] = topic.slice(prefix.length + 1).split('/');
  return kind === undefined || !taken.has(kind);
}
