import type { Language } from '../../page/shown.ts';

const locales: Record<Language, string> = { da: 'da-DK', fi: 'fi-FI', en: 'en-GB' };

/** A time as people here write it; of another day with the day. */
export function timeText(at: string, language: Language): string {
  const time = new Date(at);
  const today = time.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locales[language], {
    timeStyle: 'medium',
    ...(today ? {} : { dateStyle: 'medium' }),
  }).format(time);
}
