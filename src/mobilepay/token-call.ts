import type { CallResult } from '../ports.ts';
import type { IssuedToken } from './access-token.ts';
import { jsonAnswer } from './answer-reader.ts';
import { tokenShape } from './answer-schemas.ts';
import type { Attempt } from './attempt.ts';
import { runBurst } from './burst.ts';
import type { HttpRequest } from './http-client.ts';
import { ATTEMPTS, POST_TIME_LIMIT_MS } from './timing-rules.ts';
import type { Verdict } from './verdict.ts';

const issuedToken = jsonAnswer(
  tokenShape.transform(
    ({ access_token: token, expires_in: seconds }): IssuedToken => ({
      token,
      lifetimeMs: seconds * 1000,
    }),
  ),
);

/** The call that turns client id and secret into an access token (client credentials grant). */
export function createTokenCall(options: {
  url: string;
  clientId: string;
  clientSecret: string;
  userAgent: string;
  attempt: Attempt;
}): (signal: AbortSignal) => Promise<CallResult<IssuedToken>> {
  const { clientId, clientSecret } = options;
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const request: HttpRequest = {
    method: 'POST',
    url: options.url,
    headers: {
      'user-agent': options.userAgent,
      'x-ibm-client-id': clientId,
      authorization: `Basic ${basic}`,
    },
    body: 'grant_type=client_credentials',
    contentType: 'application/x-www-form-urlencoded',
    timeLimitMs: POST_TIME_LIMIT_MS,
    signal: undefined,
    mayStillSend: undefined,
  };
  return (signal) =>
    runBurst({
      attempts: ATTEMPTS,
      signal,
      async attempt(): Promise<Verdict<IssuedToken>> {
        const verdict = await options.attempt({ ...request, signal }, issuedToken);
        if (verdict.kind !== 'doubtful' || verdict.doubt.status !== 401) return verdict;
        const detail = 'MobilePay does not accept the client id and secret (HTTP 401)';
        return { ...verdict, doubt: { ...verdict.doubt, detail, credentialsRefused: true } };
      },
    });
}
