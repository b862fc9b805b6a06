import type { z } from 'zod';

interface Wrapped {
  def: { type: string; innerType?: z.ZodType; shape?: Record<string, z.ZodType> };
}

/** The schema inside `.optional()`, `.default()` and `.prefault()`. */
function unwrap(schema: z.ZodType): z.ZodType {
  const { def } = schema as unknown as Wrapped;
  const wrapped = def.type === 'optional' || def.type === 'default' || def.type === 'prefault';
  return wrapped && def.innerType !== undefined ? unwrap(def.innerType) : schema;
}

/** The keys of a section with their schemas, or undefined when the schema is not a section. */
export function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  return (unwrap(schema) as unknown as Wrapped).def.shape;
}

/** Whether the bare text of an environment variable can be a value of this key. */
export function takesText(schema: z.ZodType): boolean {
  const inner = unwrap(schema);
  const { def } = inner as unknown as { def: { type: string; values?: unknown[] } };
  if (def.type === 'literal') return typeof def.values?.[0] === 'string';
  return def.type === 'string' || def.type === 'enum' || def.type === 'union';
}

/** Whether a value of this key is a list or a map. */
export function takesJson(schema: z.ZodType): boolean {
  const { type } = (unwrap(schema) as unknown as Wrapped).def;
  return type === 'object' || type === 'array';
}

export interface ConfigKey {
  path: string[];
  schema: z.ZodType;
}

/** Every key of the file, sections before what is in them. */
export function keysIn(schema: z.ZodType, at: string[] = []): ConfigKey[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, inner]) => {
    const path = [...at, name];
    return [{ path, schema: inner }, ...keysIn(inner, path)];
  });
}

export function schemaAt(root: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = root;
  for (const name of path) schema = schema && shapeOf(schema)?.[String(name)];
  return schema;
}
