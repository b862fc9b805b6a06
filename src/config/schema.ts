import { z } from 'zod';
import { advertProblems } from '../beacon/advert/advert.ts';
import { beaconFormats } from '../beacon/advert/advert-settings.ts';
import { logLevels } from '../contract/commands.ts';
import { locales } from '../contract/locale.ts';
import { maskedText } from '../contract/masked-text.ts';
import { beaconModes } from '../contract/messages.ts';
import { currencies, MAX_MINOR_UNITS } from '../contract/money.ts';
import { plannedCaptureDelays } from '../contract/payment-snapshot.ts';
import { textFieldSchema } from '../contract/text-field.ts';
import { apiUrlProblem, brokerUrlProblem, isLoopback } from './url-problems.ts';

export const DEFAULT_CONFIG_FILE = '/etc/beacon-terminal/config.yaml';

function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
}
/** Keys that depend on one another are judged even when others of their section are wrong. */
const isSection = ({ value }: { value: unknown }) => typeof value === 'object';
const port = whole(0, 65_535);
const nonEmpty = z.string().min(1, 'must not be empty; leave the key out instead');
const path = nonEmpty;

function checked(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

const brokerUrl = checked(brokerUrlProblem);
const apiUrl = checked(apiUrlProblem);

const terminal = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,36}$/, 'must be 1 to 36 of the characters A-Z a-z 0-9 _ -')
    .meta({
      description: 'Name of this terminal, unique at its broker; part of every topic',
      examples: ['till-1'],
    }),
  locale: z
    .enum(locales)
    .optional()
    .meta({ description: "Language of the display. Default: from the VAT number's country" }),
});

const mqtt = z
  .strictObject({
    url: z.union([brokerUrl, z.array(brokerUrl).min(1, 'must name at least one broker')]).meta({
      description: 'Address of the broker, or a list of them, tried in turn',
      examples: ['mqtts://broker.example:8883'],
    }),
    prefix: z
      .string()
      .regex(
        /^[^$/+#\0][^/+#\0]*(\/[^/+#\0]+)*$/,
        'must be topic levels such as beacon/1: no + or #, no $ or / first, no / last',
      )
      .max(200, 'must be at most 200 characters')
      .default('beacon/1')
      .meta({ description: 'What every topic begins with' }),
    username: nonEmpty.optional().meta({ description: 'The password is the secret mqtt-password' }),
    ca: path.optional().meta({ description: "PEM file of the broker's certificate authority" }),
    cert: path.optional().meta({ description: "PEM file of the terminal's client certificate" }),
    key: path.optional().meta({ description: 'PEM file of the key of that certificate' }),
    protocolVersion: z
      .literal([5, 4])
      .default(5)
      .meta({ description: '5, or 4 for brokers that speak MQTT 3.1.1 only' }),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    path: ['cert'],
    message: 'mqtt.cert and mqtt.key belong together; set both or neither',
    when: isSection,
  });

const mobilepay = z.strictObject({
  platform: z
    .literal('pos-v10')
    .default('pos-v10')
    .meta({ description: 'The payment platform: MobilePay PoS V10' }),
  baseUrl: apiUrl
    .default('https://api.mobilepay.dk')
    .meta({ description: '/pos/v10/… hangs under it' }),
  authUrl: apiUrl.optional().meta({
    description:
      '/connect/token hangs under it. Default: baseUrl followed by /integrator-authentication',
  }),
  clientId: z
    .string()
    .regex(/^[\x21-\x39\x3b-\x7e]{1,100}$/, 'must be 1 to 100 printable characters, no spaces or :')
    .meta({
      description: 'The client id MobilePay gave the integrator',
      examples: ['00000000-0000-0000-0000-000000000000'],
    }),
  merchantVat: maskedText(
    ['DK########', 'FI########'],
    'must be DK or FI and 8 digits, for example DK12345678',
  ).meta({ description: "The merchant's VAT number", examples: ['DK12345678'] }),
});

const pos = z
  .strictObject({
    storeId: z.guid('must be a GUID, as MobilePay lists it').optional().meta({
      description:
        'The store; or merchantBrandId and merchantLocationId. Without any: the only one of the VAT number',
    }),
    merchantBrandId: maskedText(
      ['MPPOS@@@@@', 'POSDK@@@@@', 'POSFI@@@@@'],
      'must be MPPOS, POSDK or POSFI and 5 letters or digits, for example POSDK12345',
    )
      .optional()
      .meta({ description: 'The brand the store belongs to' }),
    merchantLocationId: maskedText(['@@@@@'], 'must be 5 letters or digits, for example "10001"')
      .optional()
      .meta({ description: "The store's number within the brand" }),
    merchantPosId: textFieldSchema
      .optional()
      .meta({ description: 'Our name for the point of sale at MobilePay. Default: terminal.id' }),
    name: textFieldSchema.meta({
      description: 'What the customer reads in the app',
      examples: ['Kasse 1'],
    }),
    beaconId: maskedText(
      ['###############', 'hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh'],
      'must be 15 digits (in quotes) or a GUID, or be left out for MobilePay to make one',
    )
      .optional()
      .meta({ description: 'What beacon and QR code carry. Absent: MobilePay makes one' }),
    supportedBeaconTypes: z
      .array(z.enum(['QR', 'NFC', 'Bluetooth']))
      .min(1, 'must name at least one of QR, NFC, Bluetooth')
      .refine((types) => new Set(types).size === types.length, 'must not name a type twice')
      .optional()
      .meta({
        description: 'What is really there. Default: QR, and Bluetooth unless beacon.mode is off',
      }),
    callbackAlias: textFieldSchema
      .optional()
      .meta({ description: 'Alias of the notification endpoint, as MobilePay handed it out' }),
    requirePaymentBeforeCheckin: z
      .boolean()
      .default(false)
      .meta({ description: 'For unattended places: no check-in before there is a payment' }),
  })
  .superRefine(
    (value, context) => {
      const { storeId, merchantBrandId: brand, merchantLocationId: location } = value;
      const both = 'set pos.storeId, or both pos.merchantBrandId and pos.merchantLocationId';
      const add = (key: keyof typeof value, message: string) =>
        context.addIssue({ code: 'custom', path: [key], message });
      if (storeId !== undefined && (brand !== undefined || location !== undefined)) {
        add('storeId', `names the store a second time; ${both}`);
      } else if (brand === undefined && location !== undefined) {
        add('merchantBrandId', `is missing; ${both}`);
      } else if (location === undefined && brand !== undefined) {
        add('merchantLocationId', `is missing; ${both}`);
      }
    },
    { when: isSection },
  );

const payment = z.strictObject({
  currency: z
    .enum(currencies)
    .optional()
    .meta({ description: "Default: from the VAT number's country" }),
  autoCapture: z
    .boolean()
    .default(true)
    .meta({ description: 'Take the money as soon as it is reserved' }),
  plannedCaptureDelay: z
    .enum(plannedCaptureDelays)
    .default('None')
    .meta({ description: 'From reservation to capture, as announced to MobilePay' }),
  customerTimeoutSeconds: whole(5, 3600)
    .default(180)
    .meta({ description: 'How long the customer has, counted from the start' }),
});

const refund = z.strictObject({
  enabled: z.boolean().default(true).meta({ description: 'Whether refunds are done at all' }),
  maxAmount: whole(1, MAX_MINOR_UNITS)
    .default(1_000_000)
    .meta({ description: 'Largest refund in minor units' }),
});

const beacon = z.strictObject({
  mode: z
    .enum(beaconModes)
    .default('off')
    .meta({ description: 'off; one-way: advertises only; two-way: the phone may connect' }),
  driver: z
    .enum(['bleno', 'virtual'])
    .default('bleno')
    .meta({ description: 'bleno: the Bluetooth adapter; virtual: a simulated one' }),
  format: z
    .enum(beaconFormats)
    .default('ibeacon')
    .meta({ description: 'Bytes of the advert; some formats have keys of their own' }),
  measuredPower: whole(-100, -21)
    .default(-59)
    .meta({ description: 'What a phone receives at one metre, in dBm' }),
  namespace: maskedText(['hhhhhhhhhhhhhhhh'], 'must be 16 hexadecimal digits, in quotes')
    .optional()
    .meta({
      description: 'Stands before an id of 15 digits (ibeacon, eddystone-uid, altbeacon)',
    }),
  companyId: whole(0, 65_535).optional().meta({
    description: 'altbeacon, manufacturer-data: your number at the Bluetooth SIG',
  }),
  serviceUuid: maskedText(
    ['hhhh', 'hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh'],
    'must be 4 hexadecimal digits, in quotes, or a UUID',
  )
    .optional()
    .meta({ description: 'service-data: whose data it is. Absent: our own service' }),
  url: nonEmpty
    .optional()
    .meta({ description: 'eddystone-url: the address that the id is appended to' }),
  hciDevice: whole(0, 255).default(0).meta({ description: 'Number N of the adapter hciN' }),
  intervalMs: whole(20, 10_240).default(100).meta({ description: 'Time between adverts' }),
});

const gpioChip = nonEmpty
  .default('pinctrl-bcm2711')
  .meta({ description: 'Label of the GPIO chip, as in /sys/class/gpio/gpiochip*/label' });
const line = whole(0, 1023);
const ledName = z
  .string()
  .regex(/^[\w:.-]*\w[\w:.-]*$/, 'must be a name as in /sys/class/leds, without a /');

const display = z.strictObject({
  driver: z
    .enum(['none', 'virtual', 'escpos', 'nextion', 'character-lcd'])
    .default('none')
    .meta({ description: 'Kind of display' }),
  port: path.default('/dev/ttyUSB0').meta({ description: 'Serial port of the display' }),
  baudRate: whole(300, 4_000_000).default(9600).meta({ description: 'Speed of that port' }),
  model: z
    .enum(['epson', 'bixolon', 'pc865'])
    .default('epson')
    .meta({ description: 'Of an escpos display: whose characters it has' }),
});
const lights = z.strictObject({
  driver: z
    .enum(['none', 'virtual', 'onoff', 'led-class'])
    .default('none')
    .meta({ description: 'onoff: GPIO lines; led-class: /sys/class/leds' }),
  chip: gpioChip,
  lines: z
    .strictObject({ green: line, yellow: line.optional(), red: line })
    .default({ green: 17, yellow: 27, red: 22 })
    .meta({
      description:
        'GPIO line of each light, for onoff. Without yellow: one lamp of two or three colours, yellow being green and red',
    }),
  leds: z
    .strictObject({ green: ledName, yellow: ledName, red: ledName })
    .default({ green: 'beacon-green', yellow: 'beacon-yellow', red: 'beacon-red' })
    .meta({ description: 'Name of each light in /sys/class/leds, for led-class' }),
});
const buttons = z.strictObject({
  driver: z
    .enum(['none', 'virtual', 'onoff'])
    .default('none')
    .meta({ description: 'onoff: GPIO lines' }),
  chip: gpioChip,
  lines: z
    .strictObject({ pay: line, cancel: line })
    .default({ pay: 5, cancel: 6 })
    .meta({ description: 'GPIO line of each button' }),
  activeLow: z.boolean().default(true).meta({ description: 'A pressed button reads 0' }),
});
const panel = z
  .strictObject({
    display: display.prefault({}),
    lights: lights.prefault({}),
    buttons: buttons.prefault({}),
  })
  .superRefine((value, context) => {
    if (value.lights.driver !== 'onoff' || value.buttons.driver !== 'onoff') return;
    if (value.lights.chip !== value.buttons.chip) return;
    const lit = new Set(Object.values(value.lights.lines));
    for (const [button, used] of Object.entries(value.buttons.lines)) {
      if (!lit.has(used)) continue;
      context.addIssue({
        code: 'custom',
        path: ['buttons', 'lines', button],
        message: `line ${used} already drives a light; wire the button to a line of its own`,
      });
    }
  });

const whiteBox = z.strictObject({
  port: path
    .optional()
    .meta({ description: 'Serial port that answers like a MobilePay white box. Absent: off' }),
});
const consoleSection = z.strictObject({
  host: nonEmpty.default('127.0.0.1').meta({ description: 'Address to listen on' }),
  port: port.default(8080).meta({ description: 'Port to listen on; 0: any free one' }),
});
const journal = z.strictObject({
  path: path
    .default('/var/lib/beacon-terminal/journal.db')
    .meta({ description: 'The SQLite file of the journal' }),
  keepDays: whole(1, 36_500)
    .default(400)
    .meta({ description: 'How long settled orders stay before they are archived' }),
});
const log = z.strictObject({
  level: z
    .enum(logLevels)
    .default('info')
    .meta({ description: 'The least serious message that is written' }),
});
const gateway = z
  .strictObject({
    listen: nonEmpty.default('0.0.0.0').meta({ description: 'Address to listen on' }),
    port: port.default(8443).meta({ description: 'Port to listen on; 0: any free one' }),
    cert: path.optional().meta({ description: 'PEM file of the certificate, chain included' }),
    key: path.optional().meta({ description: 'PEM file of its key' }),
  })
  .superRefine(({ listen, cert, key }, context) => {
    const add = (name: 'cert' | 'key', message: string) =>
      context.addIssue({ code: 'custom', path: [name], message });
    if ((cert === undefined) !== (key === undefined)) {
      add(
        cert === undefined ? 'cert' : 'key',
        'is missing; gateway.cert and gateway.key belong together',
      );
    } else if (cert === undefined && !isLoopback(listen)) {
      add(
        'cert',
        'is missing; set gateway.cert and gateway.key, or let gateway.listen be 127.0.0.1 behind a proxy on this machine that speaks HTTPS',
      );
    }
  });

const sections = z.strictObject({
  terminal,
  secretsDir: path
    .default('/etc/beacon-terminal/secrets')
    .meta({ description: 'Folder of the secrets, one file each, mode 0600' }),
  mqtt,
  mobilepay,
  pos,
  payment: payment.prefault({}),
  refund: refund.prefault({}),
  beacon: beacon.prefault({}),
  panel: panel.prefault({}),
  whiteBox: whiteBox.prefault({}),
  console: consoleSection
    .optional()
    .meta({ description: 'Local status page, health and metrics. Absent: off' }),
  journal: journal.prefault({}),
  log: log.prefault({}),
  gateway: gateway
    .optional()
    .meta({ description: 'Notification endpoint, for the subcommand gateway only' }),
});

/** The config file as it is written. Every key is here; unknown ones are errors. */
export const configSchema = sections.superRefine((file, context) => {
  for (const { key, message } of advertProblems(file.beacon, file.pos.beaconId)) {
    context.addIssue({ code: 'custom', path: ['beacon', key], message });
  }
});

/** The same file as `gateway` reads it: what only a terminal needs may be absent. */
export const gatewayConfigSchema = sections
  .partial({ terminal: true, mobilepay: true, pos: true })
  .extend({ gateway: gateway.prefault({}) });

export type ConfigFile = z.output<typeof configSchema>;
export type GatewayConfigFile = z.output<typeof gatewayConfigSchema>;
