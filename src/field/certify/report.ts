import type { RuleResult } from './certification.ts';
import type { Category } from './flow.ts';
import { categories } from './flow.ts';
import type { Verdict } from './planned-call.ts';
import type { CaseResult, FlowResult } from './play-flow.ts';
import { endWord, stepWord } from './request-words.ts';
import type { SentRequest } from './sent-request.ts';

/** What was certified, against what, when. */
export interface Occasion {
  software: { name: string; version: string };
  /** Base address of the API, or `simulator`. */
  against: string;
  merchantVat: string;
  clientId: string;
  startedAt: Date;
  durationMs: number;
  /** Whether all flows of all categories were played. */
  complete: boolean;
}

export interface ReportedRequest {
  id: number;
  /** Since the first request of the flow. */
  atMs: number;
  method: string;
  path: string;
  headers: (readonly [string, string])[];
  body: string;
  /** What the run did to it. */
  disturbance: string;
  end: string;
}

export interface ReportedFlow {
  name: string;
  cases: CaseResult[];
  requests: ReportedRequest[];
}

export interface ReportedCategory {
  name: Category;
  passed: boolean;
  cases: { passed: number; failed: number; notRun: number };
  flows: ReportedFlow[];
}

export interface ReportedRule {
  name: string;
  title: string;
  verdict: Verdict['verdict'];
  /** How many requests it had something to say about. */
  checked: number;
  misses: { category: Category; flow: string; request: number; why: string }[];
}

export interface Report {
  software: { name: string; version: string };
  against: string;
  merchantVat: string;
  clientId: string;
  startedAt: string;
  durationSeconds: number;
  /** Whether all flows of all categories were played. */
  complete: boolean;
  passed: boolean;
  categories: ReportedCategory[];
  rules: ReportedRule[];
}

/** Everything of a run that may be shown: requests are recorded without secrets and tokens. */
export function reportOf(
  occasion: Occasion,
  result: { flows: readonly FlowResult[]; rules: readonly RuleResult[] },
): Report {
  const { startedAt, durationMs, complete, ...rest } = occasion;
  const reported = categories
    .filter((name) => result.flows.some(({ category }) => category === name))
    .map((name) => reportedCategory(name, result));
  const rules = result.rules.map(reportedRule);
  const rulesPassed = rules.every(
    ({ verdict }) => verdict === 'passed' || (verdict === 'not-run' && !complete),
  );
  return {
    ...rest,
    startedAt: startedAt.toISOString(),
    durationSeconds: Math.round(durationMs / 100) / 10,
    complete,
    passed: rulesPassed && reported.every(({ passed }) => passed),
    categories: reported,
    rules,
  };
}

function reportedCategory(
  name: Category,
  result: { flows: readonly FlowResult[]; rules: readonly RuleResult[] },
): ReportedCategory {
  const flows = result.flows.filter(({ category }) => category === name);
  const count = (wanted: Verdict['verdict']) =>
    flows.flatMap(({ cases }) => cases).filter(({ verdict }) => verdict === wanted).length;
  const cases = { passed: count('passed'), failed: count('failed'), notRun: count('not-run') };
  const broken = result.rules.some(({ misses }) => misses.some(({ flow }) => flows.includes(flow)));
  return {
    name,
    passed: cases.failed + cases.notRun === 0 && !broken,
    cases,
    flows: flows.map((flow) => ({
      name: flow.name,
      cases: flow.cases,
      requests: flow.requests.map((request) => reportedRequest(request, flow.requests)),
    })),
  };
}

function reportedRequest(request: SentRequest, requests: readonly SentRequest[]): ReportedRequest {
  const { id, method, path, headers, body, arrivedAtMs } = request;
  return {
    id,
    atMs: Math.round(arrivedAtMs - (requests[0]?.arrivedAtMs ?? arrivedAtMs)),
    method,
    path,
    headers: [...headers],
    body,
    disturbance: stepWord(request.step),
    end: endWord(request),
  };
}

function reportedRule({ rule, checked, misses }: RuleResult): ReportedRule {
  const verdict = checked === 0 ? 'not-run' : 'passed';
  return {
    name: rule.name,
    title: rule.title,
    verdict: misses.length > 0 ? 'failed' : verdict,
    checked,
    misses: misses.map(({ flow, request, why }) => ({
      category: flow.category,
      flow: flow.name,
      request,
      why,
    })),
  };
}
