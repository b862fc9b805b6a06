import { randomUUID } from 'node:crypto';
import { type ApiErrorCode, apiError, notFound } from './api-error.ts';
import { addApiRoute, type Call } from './api-route.ts';
import { customerMembers } from './customer-members.ts';
import type { App, Platform } from './platform.ts';
import { notePoll } from './poll-rule.ts';
import { type BeaconType, beaconTypes, isBeaconId, isGuid, type Pos } from './pos.ts';
import {
  guidOf,
  membersOf,
  oneOf,
  optionalBooleanOf,
  optionalTextOf,
  textOf,
} from './request-body.ts';
import { wordOf } from './request-query.ts';

const BASE = '/pos/v10/pointofsales';

export function addPosRoutes(app: App, platform: Platform): void {
  const { world } = platform;
  addApiRoute(app, platform, { operation: 'findPos', method: 'GET', url: BASE }, (call) => ({
    posIds: find(platform, call).map((pos) => pos.posId),
  }));
  addApiRoute(
    app,
    platform,
    { operation: 'createPos', method: 'POST', url: BASE, create: true },
    (call) => {
      const pos = create(platform, call);
      world.addPos(pos);
      call.note(`create ${pos.merchantPosId}`);
      return { posId: pos.posId };
    },
  );
  addApiRoute(
    app,
    platform,
    { operation: 'getPos', method: 'GET', url: `${BASE}/:posId` },
    (call) => {
      const { clientId: _client, merchantVat: _vat, ...pos } = ownPos(platform, call, 1410);
      return pos;
    },
  );
  addApiRoute(
    app,
    platform,
    { operation: 'deletePos', method: 'DELETE', url: `${BASE}/:posId` },
    (call) => {
      const pos = ownPos(platform, call, 1409);
      world.removePos(pos.posId);
      call.note(`delete ${pos.merchantPosId}`);
    },
  );
  addApiRoute(
    app,
    platform,
    { operation: 'getCheckin', method: 'GET', url: `${BASE}/:posId/checkin` },
    (call) => {
      const pos = ownPos(platform, call, 1410);
      notePoll(platform, call, pos.posId);
      const customer = world.customerAt(pos.posId);
      call.note(customer === undefined ? 'nobody here' : 'a customer is here');
      return {
        isUserCheckedIn: customer !== undefined,
        ...(customer && customerMembers(customer, world.nowMs(), platform.loyaltyLookupMs)),
        pollDelayInMs: platform.pollDelayMs,
      };
    },
  );
}

/** The PoS of the path, if it is the caller's (400, 403, 404). */
function ownPos(platform: Platform, call: Call, ofAnotherMerchant: ApiErrorCode): Pos {
  const pos = platform.world.pos(guidOf(call.params['posId'], 'posId'));
  if (pos === undefined) throw notFound();
  if (pos.clientId !== call.clientId) throw apiError(1400);
  if (pos.merchantVat !== call.merchantVat) throw apiError(ofAnotherMerchant);
  return pos;
}

function find(platform: Platform, call: Call): Pos[] {
  const { storeId, beaconId, merchantPosId } = call.query;
  if (storeId === undefined && beaconId === undefined && merchantPosId === undefined) {
    throw apiError(1121);
  }
  if (storeId !== undefined && (typeof storeId !== 'string' || !isGuid(storeId))) {
    throw apiError(1121, 'storeId is not a GUID');
  }
  const beacon = wordOf(beaconId, 1100);
  if (beacon !== undefined && !isBeaconId(beacon)) throw apiError(1100);
  const name = wordOf(merchantPosId, 1111);
  return platform.world
    .findPos({ storeId, beaconId: beacon, merchantPosId: name })
    .filter((pos) => pos.clientId === call.clientId && pos.merchantVat === call.merchantVat);
}

function create(platform: Platform, call: Call): Pos {
  const { world } = platform;
  const body = membersOf(call.bodyText, [
    'merchantPosId',
    'storeId',
    'name',
    'beaconId',
    'callbackAlias',
    'supportedBeaconTypes',
    'requirePaymentBeforeCheckin',
  ]);
  const pos: Pos = {
    posId: randomUUID(),
    clientId: call.clientId,
    merchantVat: call.merchantVat,
    merchantPosId: textOf(body['merchantPosId'], 1111),
    storeId: guidOf(body['storeId'], 'storeId'),
    name: textOf(body['name'], 1112),
    beaconId: optionalTextOf(body['beaconId'], 1100) ?? randomUUID(),
    callbackAlias: optionalTextOf(body['callbackAlias'], 1116),
    supportedBeaconTypes: beaconTypesOf(body['supportedBeaconTypes']),
    requirePaymentBeforeCheckin: optionalBooleanOf(
      body['requirePaymentBeforeCheckin'],
      'requirePaymentBeforeCheckin',
    ),
  };
  if (!isBeaconId(pos.beaconId)) throw apiError(1100);
  const store = world.stores.get(pos.storeId);
  if (store === undefined) throw apiError(1002);
  if (store.merchantVat !== call.merchantVat) throw apiError(1403);
  if (!store.activated) throw apiError(1204);
  const sameName = world.findPos({ merchantPosId: pos.merchantPosId });
  if (sameName.some((p) => p.clientId === pos.clientId && p.merchantVat === pos.merchantVat)) {
    throw apiError(1200);
  }
  if (world.posOfBeacon(pos.beaconId) !== undefined) throw apiError(1202);
  return pos;
}

function beaconTypesOf(value: unknown): BeaconType[] {
  if (!Array.isArray(value)) throw apiError(1099, 'supportedBeaconTypes is not a list');
  const types = value.map((type) => oneOf(type, beaconTypes, 'supportedBeaconTypes'));
  if (new Set(types).size !== types.length) {
    throw apiError(1099, 'supportedBeaconTypes names a type twice');
  }
  return types;
}
