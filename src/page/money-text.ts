import type { Language, Money } from './shown.ts';

const separators: Record<Language, { thousands: string; decimal: string }> = {
  da: { thousands: '.', decimal: ',' },
  fi: { thousands: '\u00a0', decimal: ',' },
  en: { thousands: ',', decimal: '.' },
};
const krone: Record<Language, string> = { da: 'kr.', fi: 'kr', en: 'kr' };

/** An amount is never wrapped or cut, so a long one is written smaller. */
export function lengthOf(amount: string): 'short' | 'long' | 'longest' {
  if (amount.length > 11) return 'longest';
  return amount.length > 9 ? 'long' : 'short';
}

/** An amount as people write it, without a place where a line could break: `12.50 kr`. */
export function moneyText({ currency, value }: Money, language: Language): string {
  const { thousands, decimal } = separators[language];
  const digits = String(value).padStart(3, '0');
  const whole = digits.slice(0, -2).replace(/\B(?=(?:\d{3})+$)/g, thousands);
  const figures = `${whole}${decimal}${digits.slice(-2)}`;
  if (currency === 'DKK') return `${figures}\u00a0${krone[language]}`;
  return language === 'en' ? `€${figures}` : `${figures}\u00a0€`;
}
