import type { Locale } from '../contract/locale.ts';

/**
 * What a cashier is told when MobilePay refuses: what to do, or what to know. At most 20
 * characters, one line of the smallest display, and no word for approval.
 */
export const cashierWords = {
  callSupport: { da: 'Ring til support', fi: 'Soita tukeen', en: 'Call support' },
  checkSetup: { da: 'Tjek opsætningen', fi: 'Tarkista asetukset', en: 'Check the setup' },
  storeNotActivated: {
    da: 'Butik ikke aktiveret',
    fi: 'Kauppa ei käytössä',
    en: 'Store not activated',
  },
  waitAndTryAgain: {
    da: 'Vent, og prøv igen',
    fi: 'Yritä hetken päästä',
    en: 'Wait, then try again',
  },
  tryLater: { da: 'Prøv igen senere', fi: 'Yritä myöhemmin', en: 'Try again later' },
  checkAmount: { da: 'Tjek beløbet', fi: 'Tarkista summa', en: 'Check the amount' },
  takeFullAmount: {
    da: 'Hæv hele beløbet',
    fi: 'Veloita koko summa',
    en: 'Take the full amount',
  },
  checkOrderNumber: {
    da: 'Tjek ordrenummeret',
    fi: 'Tarkista tilausnro',
    en: 'Check order number',
  },
  checkPaymentText: {
    da: 'Tjek betalingstekst',
    fi: 'Tarkista maksuteksti',
    en: 'Check payment text',
  },
  checkPayment: { da: 'Tjek betalingen', fi: 'Tarkista maksu', en: 'Check the payment' },
  checkRefund: { da: 'Tjek refunderingen', fi: 'Tarkista palautus', en: 'Check the refund' },
  paymentNotFound: {
    da: 'Betaling ikke fundet',
    fi: 'Maksua ei löydy',
    en: 'Payment not found',
  },
  notCapturedYet: { da: 'Ikke hævet endnu', fi: 'Ei vielä veloitettu', en: 'Not captured yet' },
  wrongCurrency: { da: 'Forkert valuta', fi: 'Väärä valuutta', en: 'Wrong currency' },
  paymentTooOld: {
    da: 'Betaling for gammel',
    fi: 'Maksu on liian vanha',
    en: 'Payment is too old',
  },
  moreThanPaid: { da: 'Mere end betalt', fi: 'Yli maksetun summan', en: 'More than was paid' },
  balanceTooLow: { da: 'Saldo er for lav', fi: 'Saldo ei riitä', en: 'Balance is too low' },
} as const satisfies Record<string, Record<Locale, string>>;

export type CashierWord = keyof typeof cashierWords;
