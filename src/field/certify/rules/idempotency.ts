import { firstInvalidCharacter, TEXT_FIELD_MAX } from '../../../contract/text-field.ts';
import type { Create } from '../operations.ts';
import { isCreate, subjectMembers } from '../operations.ts';
import type { SentRequest } from '../sent-request.ts';
import {
  asksTheSame,
  headerValues,
  IDEMPOTENCY_KEY,
  keyOf,
  statusOf,
  succeeded,
} from '../sent-request.ts';
import type { Rule } from './rule.ts';
import { eachRequest } from './rule.ts';

/** Which thing a create creates: one key belongs to it until its fate is known. */
function subjectOf(request: SentRequest, operation: Create): string {
  try {
    const body = JSON.parse(request.body) as Record<string, unknown>;
    const subject = body[subjectMembers[operation]];
    if (typeof subject === 'string') return `${operation} ${subject}`;
  } catch {
    // Other rules speak of a body that is no JSON.
  }
  return `${operation} ${request.body}`;
}

/** A plain no: nothing was created by this attempt. */
function wasRefused(request: SentRequest): boolean {
  const status = statusOf(request) ?? 0;
  return status >= 400 && status < 500 && status !== 401 && status !== 429;
}

/** An attempt that never reached the service proper, and says nothing about what was created. */
function saysNothing(request: SentRequest): boolean {
  const status = statusOf(request);
  return status === 401 || status === 429;
}

/** What is known of a thing that is to be created. */
interface Fate {
  key: string | undefined;
  created: boolean;
  /** Some attempt under this key may have created it. */
  doubtful: boolean;
}

/** Whether a look or a removal since then allows a new key: then nothing can be created twice. */
function clearsPos(request: SentRequest): boolean {
  if (request.operation === 'deletePos') return true;
  return (
    request.operation === 'findPos' &&
    request.end?.kind === 'answered' &&
    request.end.said.found === 0
  );
}

function newKeyProblem(fate: Fate): string | null {
  if (fate.created) return 'it was created already, under another key';
  return fate.doubtful ? 'a new key, though an attempt under the former one is unanswered' : null;
}

/** What is known after one more attempt. */
function fateAfter(former: Fate | undefined, request: SentRequest): Fate {
  const key = keyOf(request);
  const known = former?.key === key ? former : undefined;
  const unclear = !succeeded(request) && !wasRefused(request) && !saysNothing(request);
  return {
    key,
    created: (known?.created ?? false) || succeeded(request),
    doubtful: (known?.doubtful ?? false) || unclear,
  };
}

export const oneKeyPerCreate: Rule = {
  name: 'one-key-per-create',
  title: 'All attempts to create one thing carry one idempotency key',
  judge(requests) {
    let fates = new Map<string, Fate>();
    return eachRequest(requests, (request) => {
      const { operation } = request;
      if (clearsPos(request)) {
        fates = new Map([...fates].filter(([subject]) => !subject.startsWith('createPos ')));
      }
      if (!isCreate(operation)) return undefined;
      const subject = subjectOf(request, operation);
      const former = fates.get(subject);
      fates.set(subject, fateAfter(former, request));
      return former === undefined || former.key === keyOf(request) ? null : newKeyProblem(former);
    });
  },
};

export const oneBodyPerKey: Rule = {
  name: 'one-body-per-key',
  title: 'A key always comes with the same bytes to the same address',
  judge(requests) {
    const firstWith = new Map<string, SentRequest>();
    return eachRequest(requests, (request) => {
      const key = keyOf(request);
      if (key === undefined) return undefined;
      const first = firstWith.get(key);
      firstWith.set(key, first ?? request);
      if (first === undefined || asksTheSame(first, request)) return null;
      return `the key of request ${first.id}, with another ${first.body === request.body ? 'address' : 'body'}`;
    });
  },
};

export const keysOnCreatesOnly: Rule = {
  name: 'keys-on-creates-only',
  title: 'Creates carry one key of 1 to 36 valid characters; nothing else carries one',
  judge: (requests) =>
    eachRequest(requests, (request) => {
      const keys = headerValues(request, IDEMPOTENCY_KEY);
      if (!isCreate(request.operation)) {
        return keys.length === 0 ? null : 'a key where none belongs';
      }
      if (keys.length !== 1) return `${keys.length} keys`;
      const [key = ''] = keys;
      if (key.length < 1 || key.length > TEXT_FIELD_MAX) return `a key of ${key.length} characters`;
      const wrong = firstInvalidCharacter(key);
      return wrong === undefined ? null : `the key has the character ${JSON.stringify(wrong)}`;
    }),
};
