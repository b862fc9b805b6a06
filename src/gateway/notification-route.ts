import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { TerminalError } from '../terminal-error.ts';
import type { BrokerLink } from './broker-link.ts';
import type { GatewayMetrics, Outcome } from './metrics.ts';
import { notificationSchema, notifyCommand } from './notification.ts';
import { createRateLimiter, sourceOf } from './rate-limiter.ts';

/** Where MobilePay posts to; the host before it is the merchant's. */
export const NOTIFICATION_PATH = '/mobilepay/pos-v10/notification';

/** MobilePay itself calls from few addresses, for many tills. */
const PER_SOURCE = { burst: 100, perSecond: 50 };
const OVERALL = { burst: 400, perSecond: 200 };
/** Who has got hold of a PosId must not keep the terminal's disk busy. */
const PER_POS = { burst: 10, perSecond: 1 };

/** Strangers must not fill the log; the metric counts them all. */
const COMPLAINTS = { burst: 20, perSecond: 0.2 };

const statusOf: Record<Exclude<Outcome, 'accepted'>, number> = {
  invalid: 400,
  'unknown-pos': 404,
  'rate-limited': 429,
  'broker-unavailable': 503,
};

/** Takes notifications and answers 200 once the broker has them; anything else is tried again. */
export function addNotificationRoute(
  app: FastifyInstance,
  { link, metrics, logger }: { link: BrokerLink; metrics: GatewayMetrics; logger: Logger },
): void {
  const perSource = createRateLimiter(PER_SOURCE);
  const overall = createRateLimiter(OVERALL);
  const perPos = createRateLimiter(PER_POS);
  const complaints = createRateLimiter(COMPLAINTS);

  function complain(about: object, message: string) {
    if (complaints.allows('')) logger.warn(about, message);
  }

  function refuse(
    reply: FastifyReply,
    outcome: Exclude<Outcome, 'accepted'>,
    error: string,
    status = statusOf[outcome],
  ) {
    metrics.count(outcome);
    if (status === 429) reply.header('retry-after', '1');
    return reply.code(status).send({ error });
  }

  app.get(NOTIFICATION_PATH, (_request, reply) =>
    reply.code(405).header('allow', 'POST').send({ error: 'MobilePay posts notifications here' }),
  );

  app.post(
    NOTIFICATION_PATH,
    {
      onRequest: async (request, reply) => {
        // The source is asked first: what it has too much does not count for everybody.
        if (perSource.allows(sourceOf(request.ip)) && overall.allows('')) return;
        logger.debug({ source: request.ip }, 'too many notifications');
        return refuse(reply, 'rate-limited', 'too many notifications; try again in a second');
      },
      errorHandler(error, request, reply) {
        const { statusCode = 500, message } = error;
        if (statusCode >= 500) {
          logger.error({ err: error }, 'a notification met an internal error');
          reply.code(500).send({ error: 'internal error' });
          return;
        }
        logger.debug({ source: request.ip, status: statusCode }, 'not a notification');
        refuse(reply, 'invalid', message, statusCode);
      },
    },
    handle,
  );

  async function handle(request: FastifyRequest, reply: FastifyReply) {
    const arrivedMs = performance.now();
    const parsed = notificationSchema.safeParse(request.body);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const member = issue?.path.join('.') ?? '';
      logger.debug({ source: request.ip, member }, 'not a notification');
      return refuse(reply, 'invalid', `${member || 'the body'} ${issue?.message}`);
    }
    const posId = parsed.data.PosId;
    const { directory } = link;
    if (directory === undefined) {
      complain({ posId }, 'a notification while the terminals are not known');
      return refuse(reply, 'broker-unavailable', 'the terminals are not known now; try again');
    }
    const terminals = directory.terminalsOf(posId);
    if (terminals.length === 0) {
      complain({ posId, source: request.ip }, 'no terminal has this PosId');
      return refuse(reply, 'unknown-pos', 'no terminal has this PosId');
    }
    if (!perPos.allows(posId.toLowerCase())) {
      complain({ posId, source: request.ip }, 'too many notifications of this PosId');
      return refuse(reply, 'rate-limited', 'too many notifications of this PosId');
    }
    const terminalIds = terminals.map(({ terminalId }) => terminalId);
    try {
      await Promise.all(
        // The terminal's own spelling of the GUID, so that it can compare text with text.
        terminals.map((each) =>
          link.deliver(each.terminalId, notifyCommand(parsed.data, each.posId)),
        ),
      );
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      logger.warn(
        { posId, terminalIds, reason: error.message },
        'a notification was not passed on',
      );
      return refuse(reply, 'broker-unavailable', 'the broker has not confirmed; try again');
    }
    metrics.count('accepted');
    metrics.observeSeconds((performance.now() - arrivedMs) / 1000);
    logger.info({ posId, terminalIds }, 'a notification was passed on');
    return reply.code(200).send();
  }
}
