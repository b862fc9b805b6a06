import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';

export interface Place {
  line: number;
  column: number;
}

/** A YAML text with the places of its keys and values, counted from 1. */
export interface YamlSource {
  /** Plain data; what has no value is left out. */
  data: unknown;
  /** What YAML itself objects to. */
  problems: { place: Place; message: string }[];
  /** Where the value at `path` stands, or its nearest section that is there. */
  placeOfValue(path: readonly PropertyKey[]): Place;
  placeOfKey(path: readonly PropertyKey[]): Place;
  /** The value as it was written, for a plain one. */
  textAt(path: readonly PropertyKey[]): string | undefined;
}

export function parseYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    stringKeys: true,
  });
  const place = (offset: number | undefined): Place => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems = [...document.errors, ...document.warnings].map((problem) => ({
    place: place(problem.pos[0]),
    message: problem.message,
  }));
  let data: unknown;
  if (problems.length === 0) {
    try {
      data = withoutNulls(document.toJS({ maxAliasCount: 100 }));
    } catch (error) {
      problems.push({ place: place(0), message: (error as Error).message });
    }
  }

  function step(
    node: unknown,
    name: PropertyKey,
  ): { key: Node | null; value: unknown } | undefined {
    const resolved = isAlias(node) ? node.resolve(document) : node;
    if (isMap(resolved)) {
      const pair = resolved.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(name),
      );
      return pair && { key: pair.key as Node, value: pair.value };
    }
    if (isSeq(resolved)) return { key: null, value: resolved.items[Number(name)] };
    return undefined;
  }

  function walk(path: readonly PropertyKey[]) {
    let found: { key: Node | null; value: unknown } = { key: null, value: document.contents };
    let complete = true;
    for (const name of path) {
      const next = step(found.value, name);
      if (next === undefined || (next.value === undefined && next.key === null)) {
        complete = false;
        break;
      }
      found = next;
    }
    return { ...found, complete };
  }

  const offsetOf = (node: unknown) => (node as Node | null | undefined)?.range?.[0];
  return {
    data,
    problems,
    placeOfValue(path) {
      const { key, value, complete } = walk(path);
      // A list or a section begins at its name for the reader, not at its first item.
      const atKey = !complete || isMap(value) || isSeq(value);
      return place((atKey ? offsetOf(key) : undefined) ?? offsetOf(value) ?? offsetOf(key));
    },
    placeOfKey(path) {
      const { key, value } = walk(path);
      return place(offsetOf(key) ?? offsetOf(value));
    },
    textAt(path) {
      const { value, complete } = walk(path);
      return complete && isScalar(value) ? value.source : undefined;
    },
  };
}

/** `ca:` without a value is the same as no `ca` at all. Changes and returns what it is given. */
export function withoutNulls(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const container = data as Record<string, unknown>;
  for (const [name, value] of Object.entries(container)) {
    if (value === null && !Array.isArray(container)) delete container[name];
    else withoutNulls(value);
  }
  return container;
}
