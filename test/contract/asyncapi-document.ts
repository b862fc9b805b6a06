import { z } from 'zod';
import { schemaAt } from '../../src/config/config-keys.ts';
import { remoteKeys } from '../../src/config/remote-keys.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { CommandName } from '../../src/contract/commands.ts';
import { commandNames, commandSchemas } from '../../src/contract/commands.ts';
import {
  commandErrorSchema,
  mobilePayErrorSchema,
  replySchema,
} from '../../src/contract/errors.ts';
import type { EventName } from '../../src/contract/messages.ts';
import {
  eventSchemas,
  infoSchema,
  offlineStateSchema,
  onlineStateSchema,
  stateSchema,
  telemetrySchema,
} from '../../src/contract/messages.ts';
import { amountSchema } from '../../src/contract/money.ts';
import { paymentSnapshotSchema, statePaymentSchema } from '../../src/contract/payment-snapshot.ts';
import { desiredConfigSchema, reportedConfigSchema } from '../../src/contract/remote-config.ts';
import { topicsOf } from '../../src/contract/topics.ts';
import { asyncApiExamples } from './asyncapi-examples.ts';
import { commandTexts, eventTexts, INTRODUCTION } from './asyncapi-texts.ts';

/** `payment/start` → `paymentStart`. */
export function commandKey(name: CommandName): string {
  return name.replace(/[/-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
const upper = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
export const commandSchemaName = (name: CommandName) => `${upper(commandKey(name))}Command`;
export const eventSchemaName = (name: EventName) =>
  name === 'payment' ? 'PaymentSnapshot' : `${upper(name)}Event`;

const paymentReplySchema = z.discriminatedUnion('ok', [
  z.strictObject({
    id: z.string().nullable(),
    ok: z.literal(true),
    result: paymentSnapshotSchema,
  }),
  z.strictObject({ id: z.string().nullable(), ok: z.literal(false), error: commandErrorSchema }),
]);
const paymentListReplySchema = z.discriminatedUnion('ok', [
  z.strictObject({
    id: z.string().nullable(),
    ok: z.literal(true),
    result: z.array(paymentSnapshotSchema),
  }),
  z.strictObject({ id: z.string().nullable(), ok: z.literal(false), error: commandErrorSchema }),
]);

/** What may be changed from afar, key by key. */
function desiredSchema(): z.ZodType {
  const sections = new Map<string, Record<string, z.ZodType>>();
  for (const key of remoteKeys) {
    const [section = '', name = ''] = key.split('.');
    const schema = schemaAt(configSchema, [section, name]);
    if (schema === undefined) throw new Error(`no key ${key}`);
    sections.set(section, { ...sections.get(section), [name]: withoutDefault(schema).optional() });
  }
  const shapes = [...sections].map(([name, shape]) => [name, z.strictObject(shape).optional()]);
  return z.strictObject({ ...desiredConfigSchema.shape, ...Object.fromEntries(shapes) });
}

/** A key that is not named stays as it is on the device. */
function withoutDefault(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
}

/** Every schema that the document names, under the name it has there. */
export const namedSchemas: Record<string, z.ZodType> = {
  Amount: amountSchema,
  PaymentSnapshot: paymentSnapshotSchema,
  StatePayment: statePaymentSchema,
  State: stateSchema,
  OnlineState: onlineStateSchema,
  OfflineState: offlineStateSchema,
  Info: infoSchema,
  Telemetry: telemetrySchema,
  DesiredConfig: desiredSchema(),
  ReportedConfig: reportedConfigSchema,
  Reply: replySchema,
  PaymentReply: paymentReplySchema,
  PaymentListReply: paymentListReplySchema,
  CommandError: commandErrorSchema,
  MobilePayError: mobilePayErrorSchema,
  ...Object.fromEntries(
    Object.entries(eventSchemas).map(([name, schema]) => [
      eventSchemaName(name as EventName),
      schema,
    ]),
  ),
  ...Object.fromEntries(
    commandNames.map((name) => [commandSchemaName(name), commandSchemas[name]]),
  ),
};

type Json = Record<string, unknown>;

/** The schemas as JSON Schema; what only machines could read (date patterns) is left to `format`. */
function componentSchemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(namedSchemas)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-7',
    uri: (id) => `#/components/schemas/${id}`,
    override({ jsonSchema }) {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _, $id: __, ...rest } = schema as Json;
      return [name, rest];
    }),
  );
}

const topics = topicsOf('{prefix}', '{terminalId}');
const schemaRef = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const parameters = {
  prefix: { $ref: '#/components/parameters/prefix' },
  terminalId: { $ref: '#/components/parameters/terminalId' },
};

function message(name: string, schema: string, summary: string): Json {
  const examples = asyncApiExamples[name];
  return {
    name,
    summary,
    contentType: 'application/json',
    payload: schemaRef(schema),
    ...(examples === undefined ? {} : { examples }),
  };
}

function published(qos: 0 | 1, retain: boolean): Json {
  return { mqtt: { qos, retain, bindingVersion: '0.2.0' } };
}

interface Channel {
  key: string;
  address: string;
  title: string;
  messages: Json;
  operation: Json;
}

function saying(
  key: string,
  address: string,
  options: { message: Json; summary: string; qos?: 0 | 1; retain?: boolean },
): Channel {
  const name = String(options.message['name']);
  return {
    key,
    address,
    title: options.summary,
    messages: { [name]: options.message },
    operation: {
      action: 'send',
      channel: { $ref: `#/channels/${key}` },
      summary: options.summary,
      bindings: published(options.qos ?? 1, options.retain ?? false),
    },
  };
}

/** What `ok:true` brings, where it is more than "done". */
function replyMessageOf(name: CommandName): string {
  if (name === 'payment/list') return 'paymentListReply';
  return name.startsWith('payment/') ? 'paymentReply' : 'reply';
}

function hearing(name: CommandName): Channel {
  const key = commandKey(name);
  const { summary, description } = commandTexts[name];
  return {
    key,
    address: topics.command(name),
    title: summary,
    messages: { [key]: message(key, commandSchemaName(name), summary) },
    operation: {
      action: 'receive',
      channel: { $ref: `#/channels/${key}` },
      summary,
      ...(description === undefined ? {} : { description }),
      bindings: { mqtt: { qos: 1, bindingVersion: '0.2.0' } },
      reply: {
        address: {
          location: '$message.header#/responseTopic',
          description: 'The MQTT 5 response topic of the command; without one, `reply`.',
        },
        channel: { $ref: '#/channels/reply' },
        messages: [{ $ref: `#/channels/reply/messages/${replyMessageOf(name)}` }],
      },
    },
  };
}

function desiredConfig(): Channel {
  const key = 'desiredConfig';
  const summary = 'Wish for another configuration. Retained; an empty message takes it back.';
  return {
    key,
    address: topics.desiredConfig,
    title: summary,
    messages: { [key]: message(key, 'DesiredConfig', 'Sections of the config file.') },
    operation: {
      action: 'receive',
      channel: { $ref: `#/channels/${key}` },
      summary,
      bindings: { mqtt: { qos: 1, bindingVersion: '0.2.0' } },
    },
  };
}

function allChannels(): Channel[] {
  const reply = saying('reply', topics.reply, {
    message: message('reply', 'Reply', 'The answer to a command.'),
    summary: 'The answer to a command that named no response topic.',
  });
  return [
    saying('state', topics.state, {
      message: message('state', 'State', 'Where the terminal stands; also its last will.'),
      summary: 'Where the terminal stands. Retained; the last will says offline here.',
      retain: true,
    }),
    saying('info', topics.info, {
      message: message('info', 'Info', 'What the terminal is.'),
      summary: 'What the terminal is. Retained.',
      retain: true,
    }),
    ...(Object.keys(eventSchemas) as EventName[]).map((name) =>
      saying(`${name}Event`, topics.event(name), {
        message: message(`${name}Event`, eventSchemaName(name), eventTexts[name]),
        summary: eventTexts[name],
      }),
    ),
    {
      ...reply,
      messages: {
        ...reply.messages,
        paymentReply: message('paymentReply', 'PaymentReply', 'The answer with one payment.'),
        paymentListReply: message(
          'paymentListReply',
          'PaymentListReply',
          'The answer with several payments.',
        ),
      },
    },
    saying('telemetry', topics.telemetry, {
      message: message('telemetry', 'Telemetry', 'Health figures.'),
      summary: 'Health figures, every 60 s.',
      qos: 0,
    }),
    saying('reportedConfig', topics.reportedConfig, {
      message: message('reportedConfig', 'ReportedConfig', 'The configuration from afar.'),
      summary:
        'Which configuration from afar is in force, and what became of the newest. Retained.',
      retain: true,
    }),
    desiredConfig(),
    ...commandNames.map(hearing),
  ];
}

/** The whole AsyncAPI document, from the schemas and topics in the code. */
export function asyncApiDocument(): Json {
  const channels = allChannels();
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'beacon-terminal over MQTT',
      version: '1.0.0',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      description: INTRODUCTION,
    },
    defaultContentType: 'application/json',
    servers: {
      broker: {
        host: 'broker:8883',
        protocol: 'secure-mqtt',
        protocolVersion: '5',
        description: 'The broker of the shop. MQTT 3.1.1 where it knows no better.',
        bindings: {
          mqtt: {
            clientId: 'beacon-{terminalId}',
            cleanSession: false,
            keepAlive: 10,
            sessionExpiryInterval: 86400,
            maximumPacketSize: 65536,
            lastWill: {
              topic: topics.state,
              qos: 1,
              message: '{"online":false,"bootId":"…"}',
              retain: true,
            },
            bindingVersion: '0.2.0',
          },
        },
      },
    },
    channels: Object.fromEntries(
      channels.map(({ key, address, title, messages }) => [
        key,
        { address, title, parameters, messages },
      ]),
    ),
    operations: Object.fromEntries(
      channels.map(({ key, operation }) => [
        `${operation['action'] === 'send' ? 'publish' : 'take'}${upper(key)}`,
        operation,
      ]),
    ),
    components: {
      parameters: {
        prefix: {
          description: '`mqtt.prefix` of the config; may have several levels.',
          default: 'beacon/1',
        },
        terminalId: { description: '`terminal.id` of the config.', examples: ['till-1'] },
      },
      schemas: componentSchemas(),
    },
  };
}
