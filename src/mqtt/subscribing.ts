import type { IClientSubscribeOptions } from 'mqtt';
import { createBackOff } from './back-off.ts';
import type { Connection } from './lasting-connection.ts';

/**
 * nats-server without one of its three nodes refuses a third of all new subscriptions, each after 4 s
 * (up to 2.11 it may give a consumer to the dead node); every asking is a new throw of the dice.
 */
const TRIES = 6;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 1_000;

/**
 * Subscribes to each topic by itself and asks again, on the same connection, for what the broker
 * refuses: what it has granted stays granted.
 * @param told.onSubscribed when all are granted
 * @param told.onRefused when one was refused time after time; the others may be granted
 */
export function subscribe(
  connection: Connection,
  topics: Record<string, IClientSubscribeOptions>,
  told: { onSubscribed(): void; onRefused(why: string): void },
): void {
  let missing = Object.keys(topics).length;
  let unanswered = 0;
  let confirmed: () => void = () => undefined;

  /** A broker that takes long for each is not silent. */
  function waitForNext() {
    confirmed();
    if (unanswered > 0) confirmed = connection.awaitConfirmation('the subscription');
  }

  function ask(topic: string, options: IClientSubscribeOptions, afterTry: (error?: Error) => void) {
    unanswered += 1;
    waitForNext();
    connection.client.subscribe(topic, options, (error) => {
      unanswered -= 1;
      waitForNext();
      if (!connection.ended) afterTry(error ?? undefined);
    });
  }

  for (const [topic, options] of Object.entries(topics)) {
    const backOff = createBackOff({ firstMs: FIRST_RETRY_MS, maxMs: LONGEST_RETRY_MS });
    let tries = 0;
    const tryIt = () => {
      if (connection.ended) return;
      tries += 1;
      ask(topic, options, (error) => {
        if (error === undefined) {
          missing -= 1;
          if (missing === 0) told.onSubscribed();
        } else if (tries < TRIES) {
          setTimeout(tryIt, backOff.nextDelayMs()).unref();
        } else {
          told.onRefused(`refuses the subscription to ${topic}: ${error.message}`);
        }
      });
    };
    tryIt();
  }
}
