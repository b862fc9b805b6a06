import { readFileSync } from 'node:fs';
import { isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { TerminalError } from '../terminal-error.ts';
import { faultMembers, faultSchema, wordSchema } from './fault-schema.ts';
import { type FaultOrder, faultKinds } from './faults.ts';
import { type ScriptStep, stepSchema } from './script-steps.ts';

/** A whole run: what goes wrong, and what the world does by itself. */
export interface FaultScript {
  faults: FaultOrder[];
  steps: ScriptStep[];
}

const { count: _count, ...sequenceMembers } = faultMembers;

/** One fate after another for the requests that match, from the nth on. */
const sequenceSchema = z.strictObject({
  ...sequenceMembers,
  sequence: z.array(wordSchema(['ok', ...faultKinds])).min(1),
  /** How many times over; default 1. */
  repeat: z.int().min(1).optional(),
});

/**
 * Reads a script, JSON or YAML: a list whose entries are faults (`kind`), sequences of faults
 * (`sequence`) and steps (`do`).
 * @throws TerminalError `config-invalid`, with a line for each entry that is wrong
 */
export function readFaultScript(path: string): FaultScript {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new TerminalError('config-invalid', `${path}: ${whyUnreadable(error)}`);
  }
  return parseFaultScript(text, path);
}

function whyUnreadable(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : error.message;
}

/** `name` is the file's, for messages. Throws as readFaultScript does. */
export function parseFaultScript(text: string, name: string): FaultScript {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) {
    throw new TerminalError('config-invalid', `${name}: ${syntaxError.message}`);
  }
  if (!isSeq(document.contents)) {
    throw new TerminalError('config-invalid', `${name}: it must be a list of entries`);
  }
  const script: FaultScript = { faults: [], steps: [] };
  const problems = document.contents.items.flatMap((node, index) => {
    const range = isNode(node) ? node.range : undefined;
    const line = range ? ` (line ${lines.linePos(range[0]).line})` : '';
    const entry: unknown = isNode(node) ? node.toJS(document) : node;
    return addEntry(script, entry).map((what) => `${name}: entry ${index + 1}${line}: ${what}`);
  });
  if (problems.length > 0) throw new TerminalError('config-invalid', problems.join('\n'));
  return script;
}

/** Adds an entry to the script, or says what is wrong with it. */
function addEntry(script: FaultScript, entry: unknown): string[] {
  const members = typeof entry === 'object' && entry !== null ? entry : {};
  if ('do' in members) {
    const step = stepSchema.safeParse(entry, { reportInput: true });
    if (step.success) script.steps.push(step.data);
    return problemsOf(step.error);
  }
  if ('sequence' in members) {
    const sequence = sequenceSchema.safeParse(entry, { reportInput: true });
    if (sequence.success) script.faults.push(...ordersOf(sequence.data));
    return problemsOf(sequence.error);
  }
  if ('kind' in members) {
    const fault = faultSchema.safeParse(entry, { reportInput: true });
    if (fault.success) script.faults.push(fault.data);
    return problemsOf(fault.error);
  }
  return ['it must say what happens, with kind, sequence or do'];
}

function ordersOf({ sequence, repeat, ...order }: z.infer<typeof sequenceSchema>): FaultOrder[] {
  const first = order.nth ?? 1;
  const fates = Array.from({ length: repeat ?? 1 }, () => sequence).flat();
  return fates.flatMap((kind, index) =>
    kind === 'ok' ? [] : [{ ...order, kind, nth: first + index }],
  );
}

function problemsOf(error: z.ZodError | undefined): string[] {
  return error?.issues.map(problemOf) ?? [];
}

function problemOf(issue: z.core.$ZodIssue): string {
  const member = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return `it has no member ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_union') return `do must be one of ${stepNames.join(', ')}`;
  if (issue.input === undefined) return `${member} is missing`;
  const not = `, not ${JSON.stringify(issue.input)}`;
  switch (issue.code) {
    case 'invalid_value':
      return `${member} must be one of ${issue.values.join(', ')}${not}`;
    case 'invalid_type':
      return `${member} must be ${kinds[issue.expected] ?? issue.expected}${not}`;
    case 'too_small':
      if (issue.origin === 'string') return `${member} must not be empty`;
      if (issue.origin === 'array') return `${member} must have at least one member`;
      return `${member} must be at least ${issue.minimum}${not}`;
    case 'too_big':
      return `${member} must be at most ${issue.maximum}${not}`;
    case 'invalid_format':
      return `${member} must begin with /${not}`;
    default:
      return `${member}: ${issue.message}${not}`;
  }
}

const stepNames = stepSchema.options.map((option) => option.shape.do.value);

const kinds: Record<string, string> = {
  int: 'a whole number',
  number: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
};
