import type { SentRequest } from '../sent-request.ts';
import { headerValues } from '../sent-request.ts';
import type { Rule } from './rule.ts';
import { eachRequest } from './rule.ts';

function isApiCall({ operation }: SentRequest): boolean {
  return operation !== 'getToken';
}

/** What is wrong with a header that must be there once, with this value; null: nothing. */
function onceProblem(request: SentRequest, name: string, wanted: string): string | null {
  const values = headerValues(request, name);
  if (values.length === 0) return `${name} is missing`;
  if (values.length > 1) return `${name} is there ${values.length} times`;
  return values[0] === wanted ? null : `${name} is ${JSON.stringify(values[0])}, not ${wanted}`;
}

const VERSION = 'x-mobilepay-client-system-version';

export const versionHeader: Rule = {
  name: 'version-header',
  title: 'Every call carries the client version once, as Major.Minor.Build',
  judge: (requests, { version }) =>
    eachRequest(requests.filter(isApiCall), (request) => {
      const [value = ''] = headerValues(request, VERSION);
      const problem = onceProblem(request, VERSION, version);
      if (problem === null && !/^\d+\.\d+\.\d+$/.test(value)) {
        return `${VERSION} is ${JSON.stringify(value)}, not Major.Minor.Build`;
      }
      return problem;
    }),
};

const VAT = 'x-mobilepay-merchant-vat-number';

export const vatHeader: Rule = {
  name: 'vat-header',
  title: "Every call carries the merchant's VAT number once: DK or FI and eight digits",
  judge: (requests, { merchantVat }) =>
    eachRequest(requests.filter(isApiCall), (request) => {
      const [value = ''] = headerValues(request, VAT);
      const problem = onceProblem(request, VAT, merchantVat);
      if (problem === null && !/^(DK|FI)\d{8}$/.test(value)) {
        return `${VAT} is ${JSON.stringify(value)}, not DK or FI and eight digits`;
      }
      return problem;
    }),
};

export const clientIdHeader: Rule = {
  name: 'client-id-header',
  title: 'Every call carries the client id once, in x-ibm-client-id',
  judge: (requests, { clientId }) =>
    eachRequest(requests, (request) => onceProblem(request, 'x-ibm-client-id', clientId)),
};

/** How the recorder describes the values of `authorization` that are right. */
export const CLIENT_CREDENTIALS = 'Basic (client id and secret)';
const ISSUED_TOKEN = /^Bearer \(token \d+\)$/;

export const authorization: Rule = {
  name: 'authorization',
  title: 'Tokens are asked for with client id and secret; every call carries one that was issued',
  judge: (requests) =>
    eachRequest(requests, (request) => {
      const values = headerValues(request, 'authorization');
      if (values.length !== 1) return `authorization is there ${values.length} times`;
      const [value = ''] = values;
      const right = isApiCall(request) ? ISSUED_TOKEN.test(value) : value === CLIENT_CREDENTIALS;
      return right ? null : `authorization is ${value}`;
    }),
};
