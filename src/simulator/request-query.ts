import { type ApiErrorCode, apiError } from './api-error.ts';
import { isTextField } from './request-body.ts';

/** A query parameter that is a text field, or undefined when absent; `code` when it is no such. */
export function wordOf(
  value: string | string[] | undefined,
  code: ApiErrorCode,
): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !isTextField(value)) throw apiError(code);
  return value;
}
