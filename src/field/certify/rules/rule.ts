import type { SentRequest } from '../sent-request.ts';

/** What the terminal was told about itself, which its requests must repeat. */
export interface Identity {
  clientId: string;
  merchantVat: string;
  /** Major.Minor.Build */
  version: string;
}

export interface Miss {
  /** `id` of the request that broke the rule. */
  request: number;
  why: string;
  /** A busy machine may have done it now and then: it counts where it is more than that. */
  doubtful?: true;
}

export interface Judgement {
  /** How many requests the rule had something to say about. */
  checked: number;
  misses: Miss[];
}

/** A rule of PoS V10 about what a client may send, judged on what it did send. */
export interface Rule {
  /** Stable; what reports and tests call it by. */
  name: string;
  /** In a sentence. */
  title: string;
  /** `requests`: all of one terminal, in the order of arrival. */
  judge(requests: readonly SentRequest[], identity: Identity): Judgement;
}

/** A rule that looks at each request by itself; `undefined` where it has nothing to say. */
export function eachRequest(
  requests: readonly SentRequest[],
  problemOf: (request: SentRequest) => string | Omit<Miss, 'request'> | null | undefined,
): Judgement {
  const judgement: Judgement = { checked: 0, misses: [] };
  for (const request of requests) {
    const problem = problemOf(request);
    if (problem === undefined) continue;
    judgement.checked += 1;
    if (problem === null) continue;
    const miss = typeof problem === 'string' ? { why: problem } : problem;
    judgement.misses.push({ request: request.id, ...miss });
  }
  return judgement;
}
