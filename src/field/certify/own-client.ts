import { TerminalError } from '../../terminal-error.ts';

/** Where MobilePay is, and who asks. */
export interface PlatformAccess {
  /** `/pos/v10/…` hangs under it. No slash at the end, like the others. */
  baseUrl: string;
  /** `/connect/token` hangs under it. */
  authUrl: string;
  /** `/pos/app/usersimulation/…` hangs under it: the calls that play the customer. */
  customerUrl: string;
  clientId: string;
  clientSecret: string;
  merchantVat: string;
  version: string;
}

/** What the run does at MobilePay itself, past the terminal: the customer, and looking. */
export interface OwnClient {
  checkIn(beaconId: string, phoneNumber: string): Promise<void>;
  accept(beaconId: string, phoneNumber: string): Promise<void>;
  refuse(beaconId: string): Promise<void>;
  /** MobilePay's own word for where it stands. */
  paymentState(paymentId: string): Promise<string>;
  refundState(refundId: string): Promise<string>;
  /** Somebody else's payment on this PoS. Returns its id. */
  startPayment(payment: {
    posId: string;
    orderId: string;
    amount: number;
    currency: string;
  }): Promise<string>;
  /** Ids of the points of sale of this name. */
  findPos(merchantPosId: string): Promise<string[]>;
  deletePos(posId: string): Promise<void>;
}

const TIME_LIMIT_MS = 10_000;
/** The customer's phone needs a moment to show what there is to accept. */
const PLAY_WITHIN_MS = 15_000;
const PLAY_AGAIN_MS = 100;

/** A call that was answered, but not as it should have been. */
class UnexpectedAnswer extends Error {
  readonly status: number;

  constructor(what: string, status: number) {
    super(`${what} was answered HTTP ${status}`);
    this.status = status;
  }
}

/**
 * Gets a token, and so tries the way to MobilePay.
 * @throws TerminalError `unreachable`, or `config-invalid` when the credentials are refused
 */
export async function connectOwnClient(access: PlatformAccess): Promise<OwnClient> {
  const { clientId, clientSecret, merchantVat, version } = access;
  const token = await tokenOf(access);
  const api = `${access.baseUrl}/pos/v10`;
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'x-ibm-client-id': clientId,
    'x-mobilepay-client-system-version': version,
    'x-mobilepay-merchant-vat-number': merchantVat,
  };
  const bodiless = Object.fromEntries(
    Object.entries(headers).filter(([name]) => name !== 'content-type'),
  );

  async function ask(
    method: string,
    url: string,
    body?: object,
    more: Record<string, string> = {},
  ): Promise<Record<string, unknown>> {
    const response = await fetch(url, {
      method,
      headers: { ...(body === undefined ? bodiless : headers), ...more },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    const text = await response.text();
    if (!response.ok)
      throw new UnexpectedAnswer(`${method} ${new URL(url).pathname}`, response.status);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  /** The phone cannot do everything at once: what it refuses now it may offer a moment later. */
  async function play(name: string, body: object): Promise<void> {
    const untilMs = performance.now() + PLAY_WITHIN_MS;
    for (;;) {
      try {
        await ask('POST', `${access.customerUrl}/pos/app/usersimulation/${name}`, body);
        return;
      } catch (error) {
        const later = error instanceof UnexpectedAnswer && error.status === 409;
        if (!later || performance.now() > untilMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, PLAY_AGAIN_MS));
      }
    }
  }

  const textIn = (answer: Record<string, unknown>, name: string): string =>
    typeof answer[name] === 'string' ? answer[name] : '';

  return {
    checkIn: (beaconId, phoneNumber) => play('checkin', { beaconId, phoneNumber }),
    accept: (beaconId, phoneNumber) => play('acceptpayment', { beaconId, phoneNumber }),
    refuse: (beaconId) => play('cancelpaymentbyuser', { beaconId }),
    paymentState: async (id) => textIn(await ask('GET', `${api}/payments/${id}`), 'status'),
    refundState: async (id) => textIn(await ask('GET', `${api}/refunds/${id}`), 'status'),
    async startPayment({ posId, orderId, amount, currency }) {
      const answer = await ask(
        'POST',
        `${api}/payments`,
        { posId, orderId, amount, currencyCode: currency, plannedCaptureDelay: 'None' },
        { 'x-mobilepay-idempotency-key': orderId },
      );
      return textIn(answer, 'paymentId');
    },
    async findPos(merchantPosId) {
      const query = new URLSearchParams({ merchantPosId });
      const { posIds } = await ask('GET', `${api}/pointofsales?${query}`);
      return Array.isArray(posIds) ? posIds.filter((id) => typeof id === 'string') : [];
    },
    async deletePos(posId) {
      await ask('DELETE', `${api}/pointofsales/${posId}`);
    },
  };

  async function tokenOf({ authUrl }: PlatformAccess): Promise<string> {
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    let response: Response;
    try {
      response = await fetch(`${authUrl}/connect/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}`, 'x-ibm-client-id': clientId },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
        signal: AbortSignal.timeout(TIME_LIMIT_MS),
      });
    } catch (error) {
      const cause = error instanceof Error ? causeOf(error) : 'no answer';
      throw new TerminalError('unreachable', `${authUrl} does not answer: ${cause}`);
    }
    if (response.status === 401) {
      throw new TerminalError(
        'config-invalid',
        `${authUrl} does not accept the client id ${clientId} with its secret`,
      );
    }
    const answer = (await response.json().catch(() => ({}))) as { access_token?: unknown };
    if (!response.ok || typeof answer.access_token !== 'string') {
      throw new TerminalError(
        'unreachable',
        `${authUrl}/connect/token was answered HTTP ${response.status}, without a token`,
      );
    }
    return answer.access_token;
  }
}

/** The code alone: fetch's own message is always "fetch failed". */
function causeOf(error: Error): string {
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name === 'TimeoutError' ? 'no answer in time' : error.message;
}
