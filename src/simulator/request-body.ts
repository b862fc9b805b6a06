import { firstInvalidCharacter, TEXT_FIELD_MAX } from '../contract/text-field.ts';
import { type ApiErrorCode, apiError } from './api-error.ts';
import { isGuid } from './pos.ts';

export type Members = Record<string, unknown>;

/** A JSON object with no members but those named (1099). */
export function membersOf(bodyText: string, allowed: readonly string[]): Members {
  let body: unknown;
  try {
    body = JSON.parse(bodyText);
  } catch {
    throw apiError(1099, 'the body is not JSON');
  }
  return onlyMembers(body, allowed, 'the body');
}

export function onlyMembers(value: unknown, allowed: readonly string[], what: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw apiError(1099, `${what} is not an object`);
  }
  for (const name of Object.keys(value)) {
    if (!allowed.includes(name)) throw apiError(1099, `unknown member ${name}`);
  }
  return value as Members;
}

/** A text field: 1 to 36 of the valid characters. */
export function textOf(value: unknown, code: ApiErrorCode): string {
  if (typeof value !== 'string' || !isTextField(value)) throw apiError(code);
  return value;
}

export function optionalTextOf(value: unknown, code: ApiErrorCode): string | null {
  return value === undefined || value === null ? null : textOf(value, code);
}

export function isTextField(text: string): boolean {
  return (
    text.length >= 1 && text.length <= TEXT_FIELD_MAX && firstInvalidCharacter(text) === undefined
  );
}

export function guidOf(value: unknown, name: string): string {
  if (typeof value !== 'string' || !isGuid(value)) throw apiError(1099, `${name} is not a GUID`);
  return value.toLowerCase();
}

export function oneOf<T extends string>(value: unknown, words: readonly T[], name: string): T {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw apiError(1099, `${name} must be one of ${words.join(', ')}`);
  return word;
}

export function optionalBooleanOf(value: unknown, name: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw apiError(1099, `${name} is not a boolean`);
  return value;
}
