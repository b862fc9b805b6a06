import type { AccessToken } from './access-token.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { Attempt } from './attempt.ts';
import type { HttpRequest } from './http-client.ts';
import { unlessAborted } from './unless-aborted.ts';
import type { Verdict } from './verdict.ts';
import { GIVEN_UP } from './verdict.ts';

const givenUp = { kind: 'unsent', detail: GIVEN_UP, again: 'given-up' } as const;

/**
 * The attempts of one call: each with the current token, and on the first 401 of the call once
 * again with a new one.
 */
export function createAuthorizedAttempt<T>(
  request: HttpRequest,
  reader: AnswerReader<T>,
  { attempt, accessToken }: { attempt: Attempt; accessToken: AccessToken },
): () => Promise<Verdict<T>> {
  const { signal, mayStillSend } = request;
  /** The token that got this call's first 401. */
  let rejected: string | undefined;

  function tokenAtHand(): string | undefined {
    const token = accessToken.cached();
    return token === rejected ? undefined : token;
  }

  async function tokenOrVerdict(): Promise<string | Verdict<never>> {
    const obtained = await unlessAborted(accessToken.obtain(rejected), signal);
    if (obtained === undefined) return givenUp;
    if (obtained.kind === 'ok') return obtained.value.token;
    const detail = obtained.kind === 'refused' ? obtained.message : obtained.detail;
    // Refused credentials say nothing about whether MobilePay answers.
    const again = obtained.kind === 'unanswered' && obtained.credentialsRefused ? 'given-up' : 'no';
    return { kind: 'unsent', detail: `no access token: ${detail}`, again };
  }

  /** Without a new token, the 401 is all there is to report. */
  async function afterFirst401(verdict: Verdict<T> & { kind: 'doubtful' }): Promise<Verdict<T>> {
    const obtained = await unlessAborted(accessToken.obtain(rejected), signal);
    if (obtained === undefined) return { ...verdict, again: 'given-up' };
    if (obtained.kind === 'ok') return { ...verdict, again: 'at-once' };
    const { doubt } = verdict;
    const credentialsRefused = obtained.kind === 'unanswered' && obtained.credentialsRefused;
    return { ...verdict, doubt: { ...doubt, credentialsRefused } };
  }

  return async () => {
    if (mayStillSend?.() === false) return givenUp;
    // Without a turn of its own, the request leaves before whatever else this tick has to write.
    const token = tokenAtHand() ?? (await tokenOrVerdict());
    if (typeof token !== 'string') return token;
    // The token may have taken seconds.
    if (mayStillSend?.() === false) return givenUp;
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    const verdict = await attempt({ ...request, headers }, reader);
    if (verdict.kind !== 'doubtful' || verdict.doubt.status !== 401) return verdict;
    if (rejected === undefined) {
      rejected = token;
      return await afterFirst401(verdict);
    }
    const detail = 'MobilePay rejects even a new access token (HTTP 401)';
    return { ...verdict, doubt: { ...verdict.doubt, detail, credentialsRefused: true } };
  };
}
