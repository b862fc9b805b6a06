import type { TrafficCase } from './case.ts';
import type { Operation } from './operations.ts';
import type { Verdict } from './planned-call.ts';
import { judgePolls } from './rules/polling.ts';
import type { SentRequest } from './sent-request.ts';
import { asksTheSame, headerValues, keyOf, statusOf, succeeded } from './sent-request.ts';

function verdict(passed: boolean, evidence: string, requests: readonly SentRequest[]): Verdict {
  return {
    verdict: passed ? 'passed' : 'failed',
    evidence,
    requests: requests.map(({ id }) => id),
  };
}

function notRun(evidence: string): Verdict {
  return { verdict: 'not-run', evidence, requests: [] };
}

function of(requests: readonly SentRequest[], operation: Operation): SentRequest[] {
  return requests.filter((request) => request.operation === operation);
}

function between(
  requests: readonly SentRequest[],
  one: SentRequest,
  other: SentRequest,
): SentRequest[] {
  return requests.slice(requests.indexOf(one) + 1, requests.indexOf(other));
}

/** The call is sent this often in the whole flow, and no more. */
export function sentTimes(title: string, operation: Operation, times: number): TrafficCase {
  return {
    kind: 'traffic',
    title,
    judge(requests) {
      const sent = of(requests, operation);
      if (sent.length === 0 && times > 0) return notRun(`no ${operation} was sent`);
      return verdict(sent.length === times, `${operation} was sent ${sent.length} times`, sent);
    },
  };
}

/** After a made-up 4xx the client asks how things stand before it sends the same again. */
export function asksAfterRefusal(title: string, operation: Operation): TrafficCase {
  return {
    kind: 'traffic',
    title,
    judge(requests) {
      const refused = of(requests, operation).find(({ step }) => step.do === 'refuse');
      if (refused === undefined) return notRun(`no ${operation} was refused`);
      const later = requests.slice(requests.indexOf(refused) + 1);
      const again = later.find((request) => asksTheSame(request, refused));
      const asked = later.find((request) => request.method === 'GET' && succeeded(request));
      if (asked === undefined) return verdict(false, 'it never asked', [refused]);
      const first = again === undefined || asked.id < again.id;
      const evidence = first
        ? `${statusOf(refused)}, then GET, ${again === undefined ? 'and no repeat' : 'then the call again'}`
        : `repeated after ${statusOf(refused)} before it asked`;
      return verdict(first, evidence, [refused, asked, ...(again === undefined ? [] : [again])]);
    },
  };
}

/** After a 401 a new token is got, and the call repeated once with it. */
export function renewsToken(title: string, operation: Operation): TrafficCase {
  return {
    kind: 'traffic',
    title,
    judge(requests) {
      const rejected = of(requests, operation).find((request) => statusOf(request) === 401);
      if (rejected === undefined) return notRun(`no ${operation} was answered 401`);
      const again = requests.find(
        (request) => request.id > rejected.id && asksTheSame(request, rejected),
      );
      if (again === undefined) return verdict(false, 'it was not repeated', [rejected]);
      const tokens = of(between(requests, rejected, again), 'getToken').filter(succeeded);
      const [old, fresh] = [rejected, again].map((one) =>
        headerValues(one, 'authorization').join(),
      );
      return verdict(
        tokens.length === 1 && old !== fresh && keyOf(rejected) === keyOf(again),
        `${tokens.length} new token, then ${fresh === old ? 'the old one again' : 'the call with it'}`,
        [rejected, ...tokens, again],
      );
    },
  };
}

/** The first start meets a busy PoS; the client looks, cancels what is there, and starts anew. */
export function clearsBusyPos(title: string): TrafficCase {
  return {
    kind: 'traffic',
    title,
    judge(requests) {
      const [first, second, ...more] = of(requests, 'startPayment');
      if (first === undefined || statusOf(first) !== 409) {
        return notRun('the start did not meet a busy PoS');
      }
      if (second === undefined || more.length > 0) {
        return verdict(false, `${more.length + (second ? 2 : 1)} starts, not 2`, [first]);
      }
      const steps = between(requests, first, second);
      const operations = new Set(steps.filter(succeeded).map(({ operation }) => operation));
      const looked = operations.has('findPayments') && operations.has('getPayment');
      const cancelled = operations.has('cancelPayment');
      const newKey = keyOf(first) !== keyOf(second);
      return verdict(
        looked && cancelled && newKey,
        `409, ${looked ? 'looked' : 'did not look'}, ${cancelled ? 'cancelled' : 'cancelled nothing'}, started with ${newKey ? 'a new key' : 'the old key'}`,
        [first, ...steps, second],
      );
    },
  };
}

/** What was ordered about cards is what MobilePay is told. */
export function sendsRestrictions(
  title: string,
  operation: Operation,
  wanted: { debitCardDisallowed: boolean; creditCardDisallowed: boolean },
): TrafficCase {
  return {
    kind: 'traffic',
    title,
    judge(requests) {
      const sent = of(requests, operation);
      if (sent.length === 0) return notRun(`no ${operation} was sent`);
      const wrong = sent.find(({ body }) => !carries(body, wanted));
      return wrong === undefined
        ? verdict(true, JSON.stringify(wanted), sent)
        : verdict(false, `the body says ${wrong.body}`, [wrong]);
    },
  };
}

function carries(body: string, wanted: Record<string, boolean>): boolean {
  try {
    const { restrictions } = JSON.parse(body) as { restrictions?: Record<string, unknown> };
    return (
      restrictions !== undefined &&
      Object.keys(restrictions).length === Object.keys(wanted).length &&
      Object.entries(wanted).every(([name, value]) => restrictions[name] === value)
    );
  } catch {
    return false;
  }
}

/** Each poll of a payment waits for what the answer before it said, however that changes. */
export function obeysPollDelays(title: string): TrafficCase {
  return {
    kind: 'traffic',
    title,
    judge(requests) {
      const polls = of(requests, 'getPayment');
      const slowed = polls.filter(({ step }) => step.do === 'slow-polls');
      if (slowed.length === 0) return notRun('no poll was slowed down');
      const { misses } = judgePolls(requests);
      const waits = slowed.flatMap((poll) => waitAfter(poll, polls));
      const passed = misses.length === 0 && waits.length === slowed.length;
      const evidence = misses[0]?.why ?? (waits.join('; ') || 'no poll followed');
      return verdict(passed, evidence, polls);
    },
  };
}

function waitAfter(poll: SentRequest, polls: readonly SentRequest[]): string[] {
  const next = polls[polls.indexOf(poll) + 1];
  if (next === undefined || poll.end?.kind !== 'answered') return [];
  const waitedMs = Math.round(next.arrivedAtMs - poll.end.atMs);
  return [`${waitedMs} ms after an answer that said ${poll.end.said.pollDelayMs}`];
}

/** What was lost is looked for and found, and not created a second time. */
export function findsWhatWasLost(title: string, create: Operation, look: Operation): TrafficCase {
  return {
    kind: 'traffic',
    title,
    judge(requests) {
      const lost = of(requests, create).filter(({ planned }) => planned !== null);
      const last = lost.at(-1);
      if (last === undefined) return notRun(`no ${create} was lost`);
      const later = requests.slice(requests.indexOf(last) + 1);
      const found = of(later, look).find(
        ({ end }) => end?.kind === 'answered' && (end.said.found ?? 0) > 0,
      );
      const again = of(later, create);
      if (found === undefined) return verdict(false, 'it did not find what it had created', lost);
      return verdict(
        again.length === 0,
        again.length === 0
          ? `found by ${found.path.split('?')[0]}, and not created again`
          : `created again ${again.length} times`,
        [...lost, found, ...again],
      );
    },
  };
}
