import { commandSchemas } from '../contract/commands.ts';
import { replySchema } from '../contract/errors.ts';
import { eventSchemas, stateSchema } from '../contract/messages.ts';
import type { Outcome, PaymentSnapshot } from '../contract/payment-snapshot.ts';
import { paymentSnapshotSchema } from '../contract/payment-snapshot.ts';
import type { Topics } from '../contract/topics.ts';
import type { PassedMessage } from './broker.ts';
import { jsonOf } from './json-of.ts';
import type { Meaning, MeaningCode, TimelineEntry } from './page/world-view.ts';
import type { NewEntry } from './timeline.ts';

type Tone = TimelineEntry['tone'];
interface Sense {
  meaning: Meaning;
  tone?: Tone;
}

const toneOf: Record<Outcome, Tone> = {
  pending: 'plain',
  approved: 'good',
  declined: 'bad',
  unknown: 'bad',
};

/** An MQTT message as a line of the timeline. */
export function messageEntry(message: PassedMessage, topics: Topics): NewEntry {
  const text = message.payload.toString('utf8');
  const isCommand = topics.commandText(message.topic) !== undefined;
  const sense = senseOf(message.topic, jsonOf(message.payload), topics);
  return {
    lane: 'mqtt',
    from: isCommand ? 'register' : 'terminal',
    to: isCommand ? 'terminal' : 'register',
    meaning: sense.meaning,
    tone: sense.tone ?? 'plain',
    wire: message.topic.startsWith(`${topics.root}/`)
      ? message.topic.slice(topics.root.length + 1)
      : message.topic,
    payload: text,
  };
}

function senseOf(topic: string, payload: unknown, topics: Topics): Sense {
  const command = topics.commandText(topic);
  if (command !== undefined) return commandSense(command, payload);
  switch (topic) {
    case topics.state:
      return stateSense(payload);
    case topics.info:
      return { meaning: { code: 'info' } };
    case topics.telemetry:
      return { meaning: { code: 'telemetry' } };
    case topics.reply:
      return replySense(payload);
    case topics.event('payment'):
      return paymentSense(payload);
    case topics.event('checkin'): {
      const checkin = eventSchemas.checkin.safeParse(payload).data;
      if (checkin?.via === 'ble') return { meaning: { code: 'event-checkin-ble' } };
      return { meaning: { code: checkin?.checkedIn ? 'event-checkin' : 'event-checkout' } };
    }
    case topics.event('button'): {
      const pressed = eventSchemas.button.safeParse(payload).data;
      return { meaning: { code: 'event-button', word: pressed?.button ?? '' } };
    }
    case topics.event('fault'): {
      const fault = eventSchemas.fault.safeParse(payload).data;
      const word = fault?.code ?? '';
      return fault?.cleared
        ? { meaning: { code: 'fault-over', word }, tone: 'good' }
        : { meaning: { code: 'fault-begun', word }, tone: 'bad' };
    }
    default:
      return { meaning: { code: 'message' } };
  }
}

function commandSense(command: string, payload: unknown): Sense {
  if (command === 'payment/start') {
    const start = commandSchemas['payment/start'].safeParse(payload).data;
    return {
      meaning: start === undefined ? { code: 'command' } : { code: 'ask', amount: start.amount },
    };
  }
  if (command === 'payment/cancel') return { meaning: { code: 'cancel' } };
  if (command === 'payment/get' || command === 'payment/list') return { meaning: { code: 'get' } };
  return { meaning: { code: 'command', word: command } };
}

function stateSense(payload: unknown): Sense {
  const state = stateSchema.safeParse(payload).data;
  if (state === undefined) return { meaning: { code: 'message' } };
  if (!state.online) return { meaning: { code: 'state-offline' }, tone: 'bad' };
  return {
    meaning: { code: `state-${state.phase}` },
    tone: state.phase === 'out-of-order' ? 'bad' : 'plain',
  };
}

function replySense(payload: unknown): Sense {
  const reply = replySchema.safeParse(payload).data;
  if (reply === undefined) return { meaning: { code: 'message' } };
  if (!reply.ok) {
    return { meaning: { code: 'answer-refused', word: reply.error.code }, tone: 'bad' };
  }
  const snapshot = paymentSnapshotSchema.safeParse(reply.result).data;
  return snapshot === undefined
    ? { meaning: { code: 'answer' } }
    : { meaning: { code: `answer-${snapshot.outcome}` }, tone: toneOf[snapshot.outcome] };
}

function paymentSense(payload: unknown): Sense {
  const snapshot = paymentSnapshotSchema.safeParse(payload).data;
  if (snapshot === undefined) return { meaning: { code: 'message' } };
  const { outcome, amount } = snapshot;
  return {
    meaning: { code: eventCode(snapshot), ...(amount === null ? {} : { amount }) },
    tone: toneOf[outcome],
  };
}

function eventCode({ outcome, platformStatus }: PaymentSnapshot): MeaningCode {
  if (outcome === 'pending' && platformStatus === 'IssuedToUser') return 'event-asked';
  if (outcome === 'approved' && platformStatus === 'Captured') return 'event-captured';
  return `event-${outcome}`;
}
