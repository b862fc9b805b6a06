import type { Socket } from 'node:net';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { Papers } from './templates.ts';

export interface Client {
  mqtt: MqttClient;
  /** `topic payload` of everything that came. */
  heard: string[];
  /** Resolves when a message came, or has come. */
  hears(line: string): Promise<void>;
  /** Whether the broker takes it; MQTT 5 tells. */
  publishes(topic: string, payload: string, retain?: boolean): Promise<boolean>;
  /** Goes without a DISCONNECT. */
  vanish(): void;
  close(): Promise<void>;
}

/**
 * One connection, MQTT 5 unless said otherwise.
 * @throws Error when the broker, or TLS, does not let it in
 */
export async function enter(
  url: string,
  papers: Partial<Papers>,
  options: IClientOptions = {},
): Promise<Client> {
  const mqtt = connect(url, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: 5000,
    ...papers,
    ...options,
  });
  const heard: string[] = [];
  const waiting = new Set<() => void>();
  mqtt.on('message', (topic, payload) => {
    heard.push(`${topic} ${payload.toString()}`);
    for (const look of [...waiting]) look();
  });
  await new Promise<void>((resolve, reject) => {
    mqtt.once('connect', () => resolve());
    mqtt.once('error', (error) => {
      mqtt.end(true);
      reject(error);
    });
    mqtt.once('close', () => reject(new Error('the connection was closed')));
  });
  mqtt.on('error', () => undefined);
  (mqtt.stream as Socket).setNoDelay(true);
  return {
    mqtt,
    heard,
    hears(line) {
      if (heard.includes(line)) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`did not come: ${line}; what came:\n${heard.join('\n')}`));
        }, 5000);
        function look() {
          if (!heard.includes(line)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        }
        waiting.add(look);
      });
    },
    async publishes(topic, payload, retain = false) {
      try {
        await mqtt.publishAsync(topic, payload, { qos: 1, retain });
        return true;
      } catch {
        return false;
      }
    },
    vanish: () => (mqtt.stream as Socket).destroy(),
    async close() {
      await mqtt.endAsync(true);
    },
  };
}
