import { networkInterfaces } from 'node:os';
import type { DisplayContent } from '../contract/device.ts';
import type { Locale } from '../contract/locale.ts';
import type { TerminalView } from '../ports.ts';
import type { SceneName } from './scene-names.ts';

const words = {
  noNetwork: { da: 'Intet netværk', fi: 'Ei verkkoa', en: 'No network' },
  noFaults: { da: 'Ingen fejl', fi: 'Ei vikoja', en: 'No faults' },
  fault: { da: 'Fejl', fi: 'Vika', en: 'Fault' },
} satisfies Record<string, Record<Locale, string>>;

/** For the technician: where the terminal is found, what runs on it, and what is wrong, page by page. */
export function servicePages(
  view: Pick<TerminalView, 'faults' | 'version'>,
  locale: Locale,
  addresses: readonly string[],
): DisplayContent[] {
  const [major = '', minor = ''] = process.versions.node.split('.');
  const runs = `v${view.version} Node ${major}.${minor}`;
  const places = addresses.length === 0 ? [words.noNetwork[locale]] : addresses;
  const faults: [string, string][] = view.faults.map((code, index) => [
    `${words.fault[locale]} ${index + 1}/${view.faults.length}`,
    code,
  ]);
  const pages: [string, string][] = [
    ...places.map((place): [string, string] => [place, runs]),
    ...(faults.length === 0 ? [[words.noFaults[locale], ''] as [string, string]] : faults),
  ];
  return pages.map(([title, detail]) => ({
    scene: 'service' satisfies SceneName,
    title,
    detail,
    amount: null,
    qr: null,
    lines: null,
  }));
}

/** Where this machine is reached: IPv4 first, loopback and link-local addresses never. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = all.filter(
    ({ internal, address }) =>
      !internal && !address.startsWith('fe80') && !address.startsWith('169.254.'),
  );
  const four = outside.filter(({ family }) => family === 'IPv4');
  return (four.length > 0 ? four : outside).map(({ address }) => address);
}
