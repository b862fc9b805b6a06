import type { Locale } from '../contract/locale.ts';
import type { Amount, Currency } from '../contract/money.ts';

/** Never a place to break a line, and in every code page a display may have. */
const NO_BREAK_SPACE = '\u00a0';

interface Style {
  thousands: string;
  decimal: string;
  currency: Record<Currency, (figures: string) => string>;
}

const behind = (unit: string) => (figures: string) => `${figures}${NO_BREAK_SPACE}${unit}`;

const styles: Record<Locale, Style> = {
  da: { thousands: '.', decimal: ',', currency: { DKK: behind('kr.'), EUR: behind('€') } },
  fi: {
    thousands: NO_BREAK_SPACE,
    decimal: ',',
    currency: { DKK: behind('DKK'), EUR: behind('€') },
  },
  en: {
    thousands: ',',
    decimal: '.',
    currency: {
      DKK: (figures) => `DKK${NO_BREAK_SPACE}${figures}`,
      EUR: (figures) => `€${figures}`,
    },
  },
};

/** An amount as the locale writes it, without a place where a line could break: `12,50 kr.` */
export function amountText(amount: Amount, locale: Locale): string {
  const style = styles[locale];
  const digits = String(amount.value).padStart(3, '0');
  const whole = digits.slice(0, -2).replace(/\B(?=(?:\d{3})+$)/g, style.thousands);
  return style.currency[amount.currency](`${whole}${style.decimal}${digits.slice(-2)}`);
}
