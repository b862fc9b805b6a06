import {
  bluetoothAdapter,
  bluetoothOwner,
  bluetoothPermission,
  bluetoothRfkill,
  radio,
} from './checks/bluetooth.ts';
import { power, temperature } from './checks/board.ts';
import { brokerAcl, brokerLogin } from './checks/broker-login.ts';
import { brokerReachable } from './checks/broker-reachable.ts';
import { brokerCertificate, brokerTls } from './checks/broker-tls.ts';
import { configuration, secretsInPlace } from './checks/configuration.ts';
import { display } from './checks/display.ts';
import { gpioChip, gpioPermission } from './checks/gpio.ts';
import { journal } from './checks/journal.ts';
import { mobilepayDns, mobilepayPos, mobilepayTls, mobilepayToken } from './checks/mobilepay.ts';
import { nativeModules } from './checks/native-modules.ts';
import { runtime } from './checks/runtime.ts';
import { serialPorts } from './checks/serial.ts';
import { service } from './checks/service.ts';
import { settlements } from './checks/settlements.ts';
import { cardWear, diskSpace } from './checks/storage.ts';
import { clock, timeSync } from './checks/time.ts';
import type { Check } from './patient.ts';

/** In the order of the page. */
export const allChecks: readonly Check[] = [
  runtime,
  nativeModules(),
  configuration,
  secretsInPlace,
  service,
  timeSync,
  clock,
  diskSpace,
  cardWear,
  temperature,
  power,
  journal,
  settlements,
  bluetoothAdapter,
  bluetoothRfkill,
  bluetoothOwner,
  bluetoothPermission,
  radio,
  gpioChip,
  gpioPermission,
  serialPorts,
  display,
  brokerReachable,
  brokerTls,
  brokerCertificate,
  brokerLogin,
  brokerAcl,
  mobilepayDns,
  mobilepayTls,
  mobilepayToken,
  mobilepayPos,
];
