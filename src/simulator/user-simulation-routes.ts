import type { FastifyRequest } from 'fastify';
import { apiError, unauthorized } from './api-error.ts';
import { addRoute } from './api-route.ts';
import { accept, checkIn, refuse } from './customer.ts';
import type { Operation } from './operations.ts';
import type { App, Platform } from './platform.ts';
import { type Members, membersOf } from './request-body.ts';

const BASE = '/pos/app/usersimulation';

/** The vendor's sandbox calls that play the customer. A token is not asked for, but must be good. */
export function addUserSimulationRoutes(app: App, platform: Platform): void {
  const { world } = platform;
  const add = (
    operation: Operation,
    path: string,
    members: readonly string[],
    play: (body: Record<string, string>) => void,
  ) => {
    addRoute(app, { operation, method: 'POST', url: `${BASE}/${path}` }, (request, context) => {
      checkToken(platform, request);
      const bodyText = typeof request.body === 'string' ? request.body : '';
      const body = textsOf(membersOf(bodyText, members), members);
      context.summary = 'the customer';
      try {
        play(body);
      } finally {
        world.commit();
      }
    });
  };
  add('simulateCheckin', 'checkin', ['beaconId', 'phoneNumber'], (body) =>
    checkIn(platform, body['beaconId'] ?? '', { phoneNumber: body['phoneNumber'] }),
  );
  add('simulateAccept', 'acceptpayment', ['beaconId', 'phoneNumber'], (body) => {
    accept(world, body['beaconId'] ?? '', { phoneNumber: body['phoneNumber'] });
  });
  add('simulateRefusal', 'cancelpaymentbyuser', ['beaconId'], (body) => {
    refuse(world, body['beaconId'] ?? '');
  });
}

function checkToken(platform: Platform, request: FastifyRequest): void {
  const header = request.headers.authorization;
  if (header === undefined) return;
  const { world, tokens } = platform;
  const token = header.replace(/^Bearer /i, '');
  if (tokens.verify(token, world.nowMs(), world.tokenGeneration) === undefined) {
    throw unauthorized();
  }
}

function textsOf(body: Members, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const value = body[name];
      if (typeof value !== 'string' || value === '') throw apiError(1099, `${name} is missing`);
      return [name, value];
    }),
  );
}
