import type { Logger } from 'pino';
import { isBeaconId, isSameId } from './wanted-pos.ts';

/**
 * The beacon id that a device on the counter carries by itself, asked for once a boot. It goes before
 * the configured one: it is what the phone reads, whatever a file says. Undefined: it has one, but
 * it cannot be read now.
 */
export function createDeviceBeaconId(options: {
  /** Null: the device has none. */
  read: (() => Promise<string | null>) | undefined;
  configured: string | null;
  logger: Logger;
}): () => Promise<string | null | undefined> {
  const { configured, logger } = options;
  let known: string | null | undefined = options.read === undefined ? null : undefined;
  return async () => {
    if (known !== undefined || options.read === undefined) return known ?? null;
    try {
      const beaconId = await options.read();
      if (beaconId !== null && !isBeaconId(beaconId)) {
        logger.warn({ beaconId }, 'the device gives a beacon id that is none; it is not used');
        known = null;
        return null;
      }
      known = beaconId;
      if (beaconId !== null && configured !== null && !isSameId(beaconId, configured)) {
        logger.warn(
          { beaconId, configured },
          "the device's beacon id is used instead of pos.beaconId: correct that key or remove it",
        );
      }
      return beaconId;
    } catch (error) {
      logger.warn({ err: error }, "the device's beacon id cannot be read now");
      return undefined;
    }
  };
}
