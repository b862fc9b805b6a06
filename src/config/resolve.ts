import type { ConfigFile, GatewayConfigFile } from './schema.ts';

/** Fills in what depends on other keys. */
export function resolveConfig(file: ConfigFile) {
  const finnish = file.mobilepay.merchantVat.startsWith('FI');
  const baseUrl = withoutTrailingSlash(file.mobilepay.baseUrl);
  return {
    ...file,
    terminal: { ...file.terminal, locale: file.terminal.locale ?? (finnish ? 'fi' : 'da') },
    mqtt: withUrlList(file.mqtt),
    mobilepay: {
      ...file.mobilepay,
      baseUrl,
      authUrl: withoutTrailingSlash(
        file.mobilepay.authUrl ?? `${baseUrl}/integrator-authentication`,
      ),
    },
    pos: {
      ...file.pos,
      merchantPosId: file.pos.merchantPosId ?? file.terminal.id,
      supportedBeaconTypes: file.pos.supportedBeaconTypes ?? beaconTypesOf(file),
    },
    payment: { ...file.payment, currency: file.payment.currency ?? (finnish ? 'EUR' : 'DKK') },
  } as const;
}

/** A whole, checked configuration: what the composition root builds a terminal from. */
export type Config = ReturnType<typeof resolveConfig>;

/** What `gateway` takes from the file. */
export function resolveGatewayConfig(file: GatewayConfigFile) {
  const { secretsDir, gateway: section, console: consoleAt, log: logging } = file;
  return {
    secretsDir,
    mqtt: withUrlList(file.mqtt),
    gateway: section,
    console: consoleAt,
    log: logging,
  } as const;
}

export type GatewayConfig = ReturnType<typeof resolveGatewayConfig>;

function withUrlList(section: ConfigFile['mqtt']) {
  const { url } = section;
  return { ...section, url: Array.isArray(url) ? url : [url] };
}

function beaconTypesOf(file: ConfigFile): ('QR' | 'NFC' | 'Bluetooth')[] {
  return file.beacon.mode === 'off' ? ['QR'] : ['QR', 'Bluetooth'];
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
