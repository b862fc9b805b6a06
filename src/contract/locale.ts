/** The languages of everything that people at the counter read. */
export const locales = ['da', 'fi', 'en'] as const;
export type Locale = (typeof locales)[number];
