import type { Locale } from '../contract/locale.ts';

/** A headline and a second line, each at most 20 characters: the smallest display has 2 x 20. */
export const LINE_LENGTH = 20;

export interface Wording {
  title: string;
  detail: string;
}

/**
 * Every wording in every language. The title of a decline says that it is one.
 * Only `approved` may use the word for approval, in any form: from two metres "Godkend" and
 * "Godkendt" are one word. `{terminal}` stands for the terminal's id.
 */
const texts = {
  starting: {
    da: { title: 'Starter op', detail: 'Et øjeblik' },
    fi: { title: 'Käynnistyy', detail: 'Odota hetki' },
    en: { title: 'Starting', detail: 'One moment' },
  },
  idle: {
    da: { title: 'Betal med MobilePay', detail: 'Scan koden' },
    fi: { title: 'Maksa MobilePaylla', detail: 'Skannaa koodi' },
    en: { title: 'Pay with MobilePay', detail: 'Scan the code' },
  },
  idleWithoutCode: {
    da: { title: 'Betal med MobilePay', detail: 'Klar' },
    fi: { title: 'Maksa MobilePaylla', detail: 'Valmis' },
    en: { title: 'Pay with MobilePay', detail: 'Ready' },
  },
  welcome: {
    da: { title: 'Velkommen', detail: 'Vent på beløbet' },
    fi: { title: 'Tervetuloa', detail: 'Odota summaa' },
    en: { title: 'Welcome', detail: 'Wait for the amount' },
  },
  invited: {
    da: { title: 'Scan koden', detail: 'eller hold mobil her' },
    fi: { title: 'Skannaa koodi', detail: 'tai puhelin tähän' },
    en: { title: 'Scan the code', detail: 'or hold phone here' },
  },
  invitedByCode: {
    da: { title: 'Scan koden', detail: 'for at tjekke ind' },
    fi: { title: 'Skannaa koodi', detail: 'ja kirjaudu sisään' },
    en: { title: 'Scan the code', detail: 'to check in' },
  },
  codeOfRegister: {
    da: { title: 'Scan koden', detail: '' },
    fi: { title: 'Skannaa koodi', detail: '' },
    en: { title: 'Scan the code', detail: '' },
  },
  waiting: {
    da: { title: 'Åbn MobilePay', detail: 'Scan koden' },
    fi: { title: 'Avaa MobilePay', detail: 'Skannaa koodi' },
    en: { title: 'Open MobilePay', detail: 'Scan the code' },
  },
  waitingWithoutCode: {
    da: { title: 'Åbn MobilePay', detail: 'for at betale' },
    fi: { title: 'Avaa MobilePay', detail: 'ja maksa' },
    en: { title: 'Open MobilePay', detail: 'to pay' },
  },
  approve: {
    da: { title: 'Bekræft betalingen', detail: 'i MobilePay' },
    fi: { title: 'Vahvista maksu', detail: 'MobilePayssa' },
    en: { title: 'Confirm the payment', detail: 'in MobilePay' },
  },
  approved: {
    da: { title: 'Godkendt', detail: 'Tak' },
    fi: { title: 'Hyväksytty', detail: 'Kiitos' },
    en: { title: 'Approved', detail: 'Thank you' },
  },
  refused: {
    da: { title: 'Betaling afvist', detail: 'Intet er trukket' },
    fi: { title: 'Maksu hylätty', detail: 'Ei veloitettu' },
    en: { title: 'Payment declined', detail: 'Nothing was charged' },
  },
  cancelled: {
    da: { title: 'Betaling annulleret', detail: 'Intet er trukket' },
    fi: { title: 'Maksu peruttu', detail: 'Ei veloitettu' },
    en: { title: 'Payment cancelled', detail: 'Nothing was charged' },
  },
  timedOut: {
    da: { title: 'Ikke betalt', detail: 'Tiden er udløbet' },
    fi: { title: 'Ei maksettu', detail: 'Aika loppui' },
    en: { title: 'Not paid', detail: 'Time ran out' },
  },
  failed: {
    da: { title: 'Ikke gennemført', detail: 'Intet er trukket' },
    fi: { title: 'Maksu epäonnistui', detail: 'Ei veloitettu' },
    en: { title: 'Payment failed', detail: 'Nothing was charged' },
  },
  tooLate: {
    da: { title: 'Ikke betalt', detail: 'Svaret kom for sent' },
    fi: { title: 'Ei maksettu', detail: 'Vastaus myöhästyi' },
    en: { title: 'Not paid', detail: 'Answer came too late' },
  },
  unknown: {
    da: { title: 'Vent venligst', detail: 'Spørger MobilePay' },
    fi: { title: 'Odota hetki', detail: 'Haetaan maksun tilaa' },
    en: { title: 'Please wait', detail: 'Asking MobilePay' },
  },
  registerAway: {
    da: { title: 'Ingen forbindelse', detail: 'til kassen' },
    fi: { title: 'Ei yhteyttä', detail: 'kassaan' },
    en: { title: 'No connection', detail: 'to the register' },
  },
  mobilePayAway: {
    da: { title: 'Ingen forbindelse', detail: 'til MobilePay' },
    fi: { title: 'Ei yhteyttä', detail: 'MobilePayhin' },
    en: { title: 'No connection', detail: 'to MobilePay' },
  },
  checkNetwork: {
    da: { title: 'Ude af drift', detail: 'Tjek netværket' },
    fi: { title: 'Ei käytössä', detail: 'Tarkista verkko' },
    en: { title: 'Out of order', detail: 'Check the network' },
  },
  checkCredentials: {
    da: { title: 'Ude af drift', detail: 'Tjek MobilePay-login' },
    fi: { title: 'Ei käytössä', detail: 'Tarkista tunnukset' },
    en: { title: 'Out of order', detail: 'Check MobilePay keys' },
  },
  checkSetup: {
    da: { title: 'Ude af drift', detail: 'Tjek opsætningen' },
    fi: { title: 'Ei käytössä', detail: 'Tarkista asetukset' },
    en: { title: 'Out of order', detail: 'Check the setup' },
  },
  posIdTaken: {
    da: { title: 'Ude af drift', detail: 'Kassenavn er optaget' },
    fi: { title: 'Ei käytössä', detail: 'Kassan nimi varattu' },
    en: { title: 'Out of order', detail: 'Till name is taken' },
  },
  beaconIdTaken: {
    da: { title: 'Ude af drift', detail: 'Beacon-id er optaget' },
    fi: { title: 'Ei käytössä', detail: 'Beacon-id varattu' },
    en: { title: 'Out of order', detail: 'Beacon id is taken' },
  },
  storeNotActivated: {
    da: { title: 'Ude af drift', detail: 'Butik ikke aktiveret' },
    fi: { title: 'Ei käytössä', detail: 'Kauppa ei aktiivinen' },
    en: { title: 'Out of order', detail: 'Store not activated' },
  },
  storeNotFound: {
    da: { title: 'Ude af drift', detail: 'Butik ikke fundet' },
    fi: { title: 'Ei käytössä', detail: 'Kauppaa ei löydy' },
    en: { title: 'Out of order', detail: 'Store not found' },
  },
  chooseStore: {
    da: { title: 'Ude af drift', detail: 'Vælg butik' },
    fi: { title: 'Ei käytössä', detail: 'Valitse kauppa' },
    en: { title: 'Out of order', detail: 'Choose the store' },
  },
  storeOfAnother: {
    da: { title: 'Ude af drift', detail: 'Andet firmas butik' },
    fi: { title: 'Ei käytössä', detail: 'Toisen firman kauppa' },
    en: { title: 'Out of order', detail: "Another firm's store" },
  },
  posOfAnother: {
    da: { title: 'Ude af drift', detail: 'Andet firmas kasse' },
    fi: { title: 'Ei käytössä', detail: 'Toisen firman kassa' },
    en: { title: 'Out of order', detail: 'Till of another firm' },
  },
  freeDiskSpace: {
    da: { title: 'Ude af drift', detail: 'Frigør diskplads' },
    fi: { title: 'Ei käytössä', detail: 'Vapauta levytilaa' },
    en: { title: 'Out of order', detail: 'Free up disk space' },
  },
  callSupport: {
    da: { title: 'Ude af drift', detail: 'Ring til support' },
    fi: { title: 'Ei käytössä', detail: 'Soita tukeen' },
    en: { title: 'Out of order', detail: 'Call support' },
  },
  outOfOrderUndecided: {
    da: { title: 'Ude af drift', detail: 'Betaling uafklaret' },
    fi: { title: 'Ei käytössä', detail: 'Maksu on kesken' },
    en: { title: 'Out of order', detail: 'Payment undecided' },
  },
  identify: {
    da: { title: 'Denne terminal', detail: '{terminal}' },
    fi: { title: 'Tämä pääte', detail: '{terminal}' },
    en: { title: 'This terminal', detail: '{terminal}' },
  },
  off: {
    da: { title: 'Terminal slukket', detail: '' },
    fi: { title: 'Pääte on pois päältä', detail: '' },
    en: { title: 'Terminal is off', detail: '' },
  },
} as const satisfies Record<string, Record<Locale, Wording>>;

export type WordingName = keyof typeof texts;
export const wordingNames = Object.keys(texts) as WordingName[];

/** The first characters of a text of somebody else's. */
export function cut(text: string): string {
  const characters = [...text];
  if (characters.length <= LINE_LENGTH) return text;
  return `${characters.slice(0, LINE_LENGTH - 1).join('')}…`;
}

/** The lines of a wording. A long terminal id loses its middle: its ends tell terminals apart. */
export function wordingOf(name: WordingName, locale: Locale, terminalId: string): Wording {
  const { title, detail }: Wording = texts[name][locale];
  return { title, detail: detail.replace('{terminal}', () => shortened(terminalId)) };
}

function shortened(text: string): string {
  const characters = [...text];
  if (characters.length <= LINE_LENGTH) return text;
  const head = Math.floor((LINE_LENGTH - 1) / 2);
  const tail = LINE_LENGTH - 1 - head;
  return `${characters.slice(0, head).join('')}…${characters.slice(-tail).join('')}`;
}
