import type { Writable } from 'node:stream';
import { z } from 'zod';
import { checkConfig } from '../config/load.ts';
import { configSchema } from '../config/schema.ts';

/**
 * `beacon-terminal config check FILE`
 * @throws TerminalError `config-invalid` with a line per thing to mend
 */
export function checkConfigCommand(file: string, output: Writable): void {
  const subcommand = checkConfig(file, process.env);
  output.write(subcommand === 'run' ? `${file}: ok\n` : `${file}: ok for ${subcommand}\n`);
}

/** `beacon-terminal config schema`: the JSON Schema of the file, for editors. */
export function configSchemaCommand(output: Writable): void {
  output.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}

export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(configSchema, {
    io: 'input',
    override({ jsonSchema }) {
      // A key without a value counts as absent, so editors must not mark it.
      const required = new Set(jsonSchema.required);
      for (const [name, inner] of Object.entries(jsonSchema.properties ?? {})) {
        if (required.has(name) || typeof inner === 'boolean') continue;
        const { description, default: fallback, ...rest } = inner;
        for (const member of Object.keys(inner)) delete inner[member];
        Object.assign(inner, {
          ...(description === undefined ? {} : { description }),
          ...(fallback === undefined ? {} : { default: fallback }),
          anyOf: [rest, { type: 'null' }],
        });
      }
    },
  });
}
