import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { commandNames } from '../../src/contract/commands.ts';
import type { EventName } from '../../src/contract/messages.ts';
import { eventSchemas } from '../../src/contract/messages.ts';
import { topicsOf } from '../../src/contract/topics.ts';
import {
  asyncApiDocument,
  commandKey,
  commandSchemaName,
  eventSchemaName,
  namedSchemas,
} from './asyncapi-document.ts';
import { asyncApiExamples } from './asyncapi-examples.ts';

const path = fileURLToPath(new URL('../../docs/asyncapi.yaml', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes
const written = (): any => parse(readFileSync(path, 'utf8'));

describe('docs/asyncapi.yaml', () => {
  test('says what the schemas in the code say (`npx vitest run test/contract -u` writes it)', async () => {
    const text = stringify(asyncApiDocument(), {
      lineWidth: 100,
      aliasDuplicateObjects: false,
      blockQuote: 'literal',
    });
    await expect(text).toMatchFileSnapshot(path);
  });

  test('is a valid AsyncAPI 3 document', async () => {
    const { document, diagnostics } = await new Parser().parse(readFileSync(path, 'utf8'));
    const errors = diagnostics.filter(({ severity }) => severity === 0);
    expect(errors).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
  }, 60_000);

  test('has a channel for every topic, and no other', () => {
    const topics = topicsOf('{prefix}', '{terminalId}');
    const addresses = Object.values(written().channels).map(
      (channel) => (channel as { address: string }).address,
    );
    expect(addresses.sort()).toEqual(
      [
        topics.state,
        topics.desiredConfig,
        topics.reportedConfig,
        topics.info,
        topics.reply,
        topics.telemetry,
        ...(Object.keys(eventSchemas) as EventName[]).map(topics.event),
        ...commandNames.map(topics.command),
      ].sort(),
    );
  });

  test('gives every command and event the schema of its name', () => {
    const { channels } = written();
    for (const name of commandNames) {
      expect(channels[commandKey(name)].messages[commandKey(name)].payload.$ref).toBe(
        `#/components/schemas/${commandSchemaName(name)}`,
      );
    }
    for (const name of Object.keys(eventSchemas) as EventName[]) {
      expect(channels[`${name}Event`].messages[`${name}Event`].payload.$ref).toBe(
        `#/components/schemas/${eventSchemaName(name)}`,
      );
    }
  });

  test('retains state, info and the reported configuration only, and sends telemetry alone with QoS 0', () => {
    // biome-ignore lint/suspicious/noExplicitAny: see above
    const sent = (Object.entries(written().operations) as [string, any][]).filter(
      ([, operation]) => operation.action === 'send',
    );
    const retained = sent.filter(([, operation]) => operation.bindings.mqtt.retain);
    expect(retained.map(([key]) => key)).toEqual([
      'publishState',
      'publishInfo',
      'publishReportedConfig',
    ]);
    const lossy = sent.filter(([, operation]) => operation.bindings.mqtt.qos === 0);
    expect(lossy.map(([key]) => key)).toEqual(['publishTelemetry']);
  });

  describe('its schemas and examples agree with the code', () => {
    // As the file says, which the first test holds.
    // biome-ignore lint/suspicious/noExplicitAny: see above
    const document: any = asyncApiDocument();
    const ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'document');
    const messages = Object.values(document.channels).flatMap((channel) =>
      Object.values(
        // biome-ignore lint/suspicious/noExplicitAny: see above
        (channel as any).messages as Record<string, { name: string; payload: { $ref: string } }>,
      ),
    );
    const cases = messages.flatMap((message) =>
      (asyncApiExamples[message.name] ?? []).map((example) => ({
        title: `${message.name} ${example.name}`,
        schema: message.payload.$ref.split('/').at(-1) ?? '',
        payload: example.payload as Record<string, unknown>,
      })),
    );

    test('every example belongs to a message', () => {
      const names = new Set(messages.map((message) => message.name));
      expect(Object.keys(asyncApiExamples).filter((name) => !names.has(name))).toEqual([]);
    });

    test.each(cases)('$title is accepted by both, and no longer with a stranger in it', (each) => {
      const validate = ajv.getSchema(`document#/components/schemas/${each.schema}`);
      const zod = namedSchemas[each.schema];
      expect(zod?.safeParse(each.payload).success).toBe(true);
      expect(validate?.(each.payload)).toBe(true);
      for (const spoilt of spoil(each.payload)) {
        expect(zod?.safeParse(spoilt).success, JSON.stringify(spoilt)).toBe(false);
        expect(validate?.(spoilt), JSON.stringify(spoilt)).toBe(false);
      }
    });
  });
});

/** An unknown member, and each top-level member replaced by what none of them may be. */
function spoil(payload: Record<string, unknown>): unknown[] {
  return [
    { ...payload, stranger: 1 },
    ...Object.keys(payload)
      .filter((key) => key !== 'result')
      .map((key) => ({ ...payload, [key]: { no: 'such' } })),
  ];
}
