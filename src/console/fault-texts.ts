import { faultRemedies } from '../contract/fault-remedies.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { Locale } from '../contract/locale.ts';

/** What a person can do, in the languages that the contract does not have. */
const remedies: Record<FaultCode, { da: string; fi: string }> = {
  'foreign-payment-cancelled': {
    da: 'Se, hvem der ellers sælger på dette betalingssted: en anden kasse med samme pos.merchantPosId?',
    fi: 'Katso, kuka muu myy tässä myyntipisteessä: toinen kassa, jolla on sama pos.merchantPosId?',
  },
  'unknown-reservation': {
    da: 'Find ud af, hvis reservationen er: beacon-terminal history og forhandlerportalen.',
    fi: 'Selvitä, kenen varaus on: beacon-terminal history ja kauppiasportaali.',
  },
  'pos-shared': {
    da: 'Giv hver kasse sin egen pos.merchantPosId.',
    fi: 'Anna joka kassalle oma pos.merchantPosId.',
  },
  'pos-outdated': {
    da: 'Intet: betalingsstedet fornyes, når ingen ordre er åben på det.',
    fi: 'Ei mitään: myyntipiste uusitaan, kun yhtään tilausta ei ole auki.',
  },
  'late-approval': {
    da: 'Intet: reservationen annulleres. Fortæl kunden det.',
    fi: 'Ei mitään: varaus perutaan. Kerro asiakkaalle.',
  },
  'money-lost': {
    da: 'Gør op med kunden: beacon-terminal explain ORDRE viser, hvad der skete.',
    fi: 'Sovi asia asiakkaan kanssa: beacon-terminal explain TILAUS näyttää, mitä tapahtui.',
  },
  'capture-overdue': {
    da: 'Hæv eller annuller den ved kassen: beacon-terminal status nævner ordren.',
    fi: 'Veloita tai peru se kassalla: beacon-terminal status kertoo tilauksen.',
  },
  'refund-overdue': {
    da: 'Gennemfør eller annuller tilbagebetalingen straks: den udbetaler sig selv. Se beacon-terminal status.',
    fi: 'Vahvista tai peru palautus heti: se maksaa itsensä. Katso beacon-terminal status.',
  },
  'duplicate-terminal': {
    da: 'Stands den anden enhed, eller giv den sit eget terminal.id.',
    fi: 'Pysäytä toinen laite tai anna sille oma terminal.id.',
  },
  'api-unreachable': {
    da: 'Se på internetforbindelsen her på stedet.',
    fi: 'Tarkista paikan internetyhteys.',
  },
  'credentials-refused': {
    da: 'Ret mobilepay.clientId eller hemmeligheden mobilepay-client-secret, og genstart tjenesten.',
    fi: 'Korjaa mobilepay.clientId tai salaisuus mobilepay-client-secret ja käynnistä palvelu uudelleen.',
  },
  'journal-damaged': {
    da: 'Stands tjenesten, gem filen, og kør: beacon-terminal journal salvage',
    fi: 'Pysäytä palvelu, säilytä tiedosto ja aja: beacon-terminal journal salvage',
  },
  'disk-full': {
    da: 'Skaf plads på journalens disk.',
    fi: 'Vapauta tilaa tapahtumalokin levyltä.',
  },
  'clock-untrusted': {
    da: 'Lad maskinen stille sit ur: timedatectl set-ntp true',
    fi: 'Anna koneen asettaa kellonsa: timedatectl set-ntp true',
  },
  'adapter-missing': {
    da: 'Sæt Bluetooth-adapteren i, eller slå den til i /boot/firmware/config.txt.',
    fi: 'Liitä Bluetooth-sovitin tai ota se käyttöön tiedostossa /boot/firmware/config.txt.',
  },
  'adapter-blocked': { da: 'Kør: rfkill unblock bluetooth', fi: 'Aja: rfkill unblock bluetooth' },
  'adapter-busy': {
    da: 'Kør: systemctl disable --now bluetooth',
    fi: 'Aja: systemctl disable --now bluetooth',
  },
  'radio-down': {
    da: 'Genstart tjenesten; kommer det igen, så tag strømmen fra adapteren et øjeblik.',
    fi: 'Käynnistä palvelu uudelleen; jos vika palaa, katkaise sovittimen virta hetkeksi.',
  },
  'no-permission': {
    da: 'Start terminalen, som dens systemd-enhed gør: den har grupper og rettigheder.',
    fi: 'Käynnistä pääte kuten sen systemd-yksikkö: sillä on ryhmät ja oikeudet.',
  },
  'gpio-missing': {
    da: 'Sæt panel.lights.chip og panel.buttons.chip til dette korts navn.',
    fi: 'Aseta panel.lights.chip ja panel.buttons.chip tämän kortin nimeen.',
  },
  'display-unreachable': {
    da: 'Se på displayets kabel, strøm og baudrate.',
    fi: 'Tarkista näytön kaapeli, virta ja siirtonopeus.',
  },
};

const titles: Record<FaultCode, Record<Locale, string>> = {
  'foreign-payment-cancelled': {
    da: 'En fremmed betaling blev annulleret',
    fi: 'Toisen tekemä maksu peruttiin',
    en: "A payment of somebody else's was cancelled",
  },
  'unknown-reservation': {
    da: 'En reservation, som ingen her har lavet',
    fi: 'Varaus, jota kukaan täällä ei ole tehnyt',
    en: 'A reservation that nobody here made',
  },
  'pos-shared': {
    da: 'En anden kasse sælger på dette betalingssted',
    fi: 'Toinen kassa myy tässä myyntipisteessä',
    en: 'Another till sells at this point of sale',
  },
  'pos-outdated': {
    da: 'Betalingsstedet er ikke som konfigureret',
    fi: 'Myyntipiste ei vastaa asetuksia',
    en: 'The point of sale is not as configured',
  },
  'late-approval': {
    da: 'En kunde godkendte for sent',
    fi: 'Asiakas hyväksyi liian myöhään',
    en: 'A customer approved too late',
  },
  'money-lost': {
    da: 'Penge gik en anden vej end ønsket',
    fi: 'Raha kulki toisin kuin piti',
    en: 'Money went otherwise than intended',
  },
  'capture-overdue': {
    da: 'En reservation venter på at blive hævet',
    fi: 'Varaus odottaa veloitusta',
    en: 'A reservation waits to be captured',
  },
  'refund-overdue': {
    da: 'En tilbagebetaling venter på kassen',
    fi: 'Palautus odottaa kassaa',
    en: 'A refund waits for the register',
  },
  'duplicate-terminal': {
    da: 'En anden enhed har denne terminals id',
    fi: 'Toisella laitteella on tämän päätteen tunnus',
    en: "Another device has this terminal's id",
  },
  'api-unreachable': {
    da: 'MobilePay kan ikke nås',
    fi: 'MobilePayhin ei saada yhteyttä',
    en: 'MobilePay cannot be reached',
  },
  'credentials-refused': {
    da: 'MobilePay afviser vores loginoplysninger',
    fi: 'MobilePay hylkää tunnuksemme',
    en: 'MobilePay refuses our credentials',
  },
  'journal-damaged': {
    da: 'Journalen er beskadiget',
    fi: 'Tapahtumaloki on vioittunut',
    en: 'The journal is damaged',
  },
  'disk-full': {
    da: 'Disken er fuld',
    fi: 'Levy on täynnä',
    en: 'The disk is full',
  },
  'clock-untrusted': {
    da: 'Uret er ikke til at stole på',
    fi: 'Kelloon ei voi luottaa',
    en: 'The clock cannot be trusted',
  },
  'adapter-missing': {
    da: 'Der er ingen Bluetooth-adapter',
    fi: 'Bluetooth-sovitinta ei ole',
    en: 'There is no Bluetooth adapter',
  },
  'adapter-blocked': {
    da: 'Bluetooth-adapteren er blokeret',
    fi: 'Bluetooth-sovitin on estetty',
    en: 'The Bluetooth adapter is blocked',
  },
  'adapter-busy': {
    da: 'Et andet program bruger Bluetooth-adapteren',
    fi: 'Toinen ohjelma käyttää Bluetooth-sovitinta',
    en: 'Somebody else uses the Bluetooth adapter',
  },
  'radio-down': {
    da: 'Radioen virker ikke',
    fi: 'Radio ei toimi',
    en: 'The radio does not work',
  },
  'no-permission': {
    da: 'En enhed må ikke åbnes',
    fi: 'Laitetta ei saa avata',
    en: 'A device may not be opened',
  },
  'gpio-missing': {
    da: 'Der er ingen GPIO-linjer med dette navn',
    fi: 'Tämän nimisiä GPIO-linjoja ei ole',
    en: 'There are no GPIO lines of this name',
  },
  'display-unreachable': {
    da: 'Displayet svarer ikke',
    fi: 'Näyttö ei vastaa',
    en: 'The display does not answer',
  },
};

/** What a fault is called and what a person can do about it, in each language of the page. */
export function faultTexts(code: FaultCode): Record<'title' | 'remedy', Record<Locale, string>> {
  return { title: titles[code], remedy: { ...remedies[code], en: faultRemedies[code] } };
}
