import type { Lamps, Language, Rhythm } from './shown.ts';

/** Display and lamps in words, for the ear and beside them. */
export type PanelTextKey =
  | 'display-says'
  | 'display-code'
  | 'lights'
  | keyof Lamps
  | `rhythm-${Rhythm}`;

/** The same on every page that draws them. */
export const panelTexts: Record<Language, Record<PanelTextKey, string>> = {
  da: {
    'display-says': 'Displayet viser: {word}.',
    'display-code': 'Med en QR-kode.',
    lights: 'Lamper',
    green: 'Grøn',
    yellow: 'Gul',
    red: 'Rød',
    'rhythm-off': 'slukket',
    'rhythm-on': 'tændt',
    'rhythm-slow-blink': 'langsom',
    'rhythm-fast-blink': 'hurtig',
    'rhythm-double-blink': 'dobbelt',
  },
  fi: {
    'display-says': 'Näytössä lukee: {word}.',
    'display-code': 'Mukana QR-koodi.',
    lights: 'Valot',
    green: 'Vihreä',
    yellow: 'Keltainen',
    red: 'Punainen',
    'rhythm-off': 'pois',
    'rhythm-on': 'palaa',
    'rhythm-slow-blink': 'hidas',
    'rhythm-fast-blink': 'nopea',
    'rhythm-double-blink': 'kaksois',
  },
  en: {
    'display-says': 'The display shows: {word}.',
    'display-code': 'With a QR code.',
    lights: 'Lights',
    green: 'Green',
    yellow: 'Yellow',
    red: 'Red',
    'rhythm-off': 'off',
    'rhythm-on': 'on',
    'rhythm-slow-blink': 'slow',
    'rhythm-fast-blink': 'fast',
    'rhythm-double-blink': 'double',
  },
};
