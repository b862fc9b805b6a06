import type { Operation } from '../operations.ts';
import type { SentRequest } from '../sent-request.ts';
import { headerValues } from '../sent-request.ts';
import type { Rule } from './rule.ts';
import { eachRequest } from './rule.ts';

interface Members {
  needed: readonly string[];
  optional?: readonly string[];
}

const terms: Members = {
  needed: ['amount', 'currencyCode', 'plannedCaptureDelay'],
  optional: ['restrictions', 'merchantPaymentLabel'],
};

/** PoS V10, bodies. A call that is not here has none. */
const bodies: Partial<Record<Operation, Members>> = {
  startPayment: { ...terms, needed: ['posId', 'orderId', ...terms.needed] },
  preparePayment: { needed: ['posId', 'orderId'] },
  readyPayment: terms,
  capturePayment: { needed: ['amount'] },
  createRefund: { needed: ['paymentId', 'refundOrderId', 'amount', 'currencyCode'] },
  createPos: {
    needed: ['merchantPosId', 'storeId', 'name', 'supportedBeaconTypes'],
    optional: ['beaconId', 'callbackAlias', 'requirePaymentBeforeCheckin'],
  },
};

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Judged as text: a parsed number no longer shows how it was written. */
function amountProblem(body: string): string | null {
  const amount = /"amount"\s*:\s*([^,}\s]+)/.exec(body)?.[1];
  if (amount === undefined || /^(?!0+(\.0+)?$)\d+(\.\d{1,2})?$/.test(amount)) return null;
  return `the amount ${amount} is no positive number with at most two decimals`;
}

function bodyProblem({ body }: SentRequest, { needed, optional = [] }: Members): string | null {
  const members = parsed(body);
  if (members === undefined) return 'the body is no JSON object';
  const names = Object.keys(members);
  const missing = needed.find((name) => !names.includes(name));
  if (missing !== undefined) return `the member ${missing} is missing`;
  const unknown = names.find((name) => !needed.includes(name) && !optional.includes(name));
  return unknown === undefined ? amountProblem(body) : `the member ${unknown} is not documented`;
}

function tokenProblem({ body }: SentRequest, type: string): string | null {
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return `the content type is ${type}`;
  return new URLSearchParams(body).get('grant_type') === 'client_credentials'
    ? null
    : 'grant_type is not client_credentials';
}

export const documentedBodies: Rule = {
  name: 'documented-bodies',
  title:
    'Bodies are JSON with the documented members and no others; where none belongs, there is none',
  judge: (requests) =>
    eachRequest(requests, (request) => {
      const { operation, body } = request;
      if (operation === null) return `${request.method} ${request.path} is no call of PoS V10`;
      const types = headerValues(request, 'content-type');
      const type = types.join(', ') || 'missing';
      if (operation === 'getToken') return tokenProblem(request, type);
      const members = bodies[operation];
      if (members === undefined) {
        return body === '' && types.length === 0 ? null : 'a body where none belongs';
      }
      if (!/^application\/json\b/i.test(type)) return `the content type is ${type}`;
      return bodyProblem(request, members);
    }),
};
