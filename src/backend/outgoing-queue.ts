/** One QoS 1 message on its way to the broker. */
export interface OutgoingMessage {
  kind: 'event' | 'state' | 'info' | 'reportedConfig' | 'reply';
  topic: string;
  payload: string;
  retain: boolean;
  /** Outbox position; events only. */
  position?: number;
  /** MQTT 5 correlation data; replies only. */
  correlationData?: Buffer;
}

/** What the broker said to one message. */
export type Verdict = 'acknowledged' | 'refused';

export interface OutgoingQueueOptions {
  /** How many messages may be without an acknowledgement at a time. */
  windowSize: number;
  publish(message: OutgoingMessage, onVerdict: (verdict: Verdict) => void): void;
  /** Every event up to this position has reached the broker. */
  onEventsAcknowledged(position: number): void;
  onEventRefused(message: OutgoingMessage): void;
}

export interface OutgoingQueue {
  push(message: OutgoingMessage): void;
  /** Lets messages out; until then they wait. */
  open(): void;
  /** Resolves when nothing waits and nothing is in flight. */
  drained(): Promise<void>;
}

/**
 * Strictly first in, first out, for one connection: what was handed over earlier leaves earlier,
 * so a register never sees a state or a reply before the event it follows from. With nothing in
 * flight a message leaves within the call that hands it over.
 */
export function createOutgoingQueue(options: OutgoingQueueOptions): OutgoingQueue {
  const waiting: OutgoingMessage[] = [];
  const eventsInFlight: { position: number; acknowledged: boolean }[] = [];
  const waitingForDrain: (() => void)[] = [];
  let inFlight = 0;
  let open = false;

  function settleEvent(event: { position: number; acknowledged: boolean }) {
    event.acknowledged = true;
    let reached: number | undefined;
    while (eventsInFlight[0]?.acknowledged === true) reached = eventsInFlight.shift()?.position;
    if (reached !== undefined) options.onEventsAcknowledged(reached);
  }

  function send(message: OutgoingMessage) {
    const event =
      message.position === undefined
        ? undefined
        : { position: message.position, acknowledged: false };
    if (event !== undefined) eventsInFlight.push(event);
    inFlight += 1;
    options.publish(message, (verdict) => {
      inFlight -= 1;
      if (event !== undefined) {
        if (verdict === 'acknowledged') settleEvent(event);
        else options.onEventRefused(message);
      }
      pump();
    });
  }

  function pump() {
    while (open && inFlight < options.windowSize) {
      const next = waiting.shift();
      if (next === undefined) break;
      send(next);
    }
    if (inFlight === 0 && waiting.length === 0) {
      for (const resolve of waitingForDrain.splice(0)) resolve();
    }
  }

  return {
    push(message) {
      const last = waiting.at(-1);
      // Only neighbours are merged: an older state must not overtake, nor a newer one be held up.
      if (message.retain && last?.topic === message.topic) waiting[waiting.length - 1] = message;
      else waiting.push(message);
      pump();
    },
    open() {
      open = true;
      pump();
    },
    drained() {
      if (inFlight === 0 && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => waitingForDrain.push(resolve));
    },
  };
}
