import { describe, expect, it } from 'vitest';
import { lightColours } from '../../src/contract/device.ts';
import { locales } from '../../src/contract/locale.ts';
import { phases } from '../../src/contract/messages.ts';
import { declineReasons } from '../../src/contract/payment-snapshot.ts';
import { lightPatterns } from '../../src/panel/light-patterns.ts';
import { sceneNames } from '../../src/panel/scene-names.ts';
import { sceneOf } from '../../src/panel/scenes.ts';
import { LINE_LENGTH, wordingNames, wordingOf } from '../../src/panel/texts.ts';
import { notActivated, paying, scenes } from './every-scene.ts';
import { paymentOf, viewOf } from './view.ts';

describe('the scenes', () => {
  it('say in every language exactly what the golden table holds', async () => {
    const table = locales.map((locale) => {
      const rows = scenes(locale).map(([name, { display }]) =>
        [
          name.padEnd(35),
          display.scene.padEnd(13),
          display.title.padEnd(LINE_LENGTH),
          display.detail.padEnd(LINE_LENGTH),
          (display.amount ?? '-').replaceAll('\u00a0', '_').padEnd(14),
          display.qr ?? '-',
        ].join(' | '),
      );
      return `${locale}\n${rows.join('\n')}\n`;
    });
    await expect(`${table.join('\n')}`).toMatchFileSnapshot('scenes.golden.txt');
  });

  it('are all in the golden table, and so is every wording', () => {
    for (const locale of locales) {
      const shown = scenes(locale).map(([, scene]) => scene.display);
      expect(new Set(shown.map(({ scene }) => scene))).toEqual(new Set(sceneNames));
      for (const name of wordingNames) {
        const { title, detail } = wordingOf(name, locale, 'till-1');
        expect(shown).toContainEqual(expect.objectContaining({ title, detail }));
      }
    }
  });

  it('fit two lines of 20 characters', () => {
    for (const locale of locales) {
      for (const [, { display }] of scenes(locale)) {
        for (const line of [display.title, display.detail, display.amount ?? '']) {
          expect([...line].length, line).toBeLessThanOrEqual(LINE_LENGTH);
        }
        expect(display.title).not.toBe('');
      }
    }
  });

  it.each([
    ['da', /godkend/i],
    ['fi', /hyväksy/i],
    ['en', /approve/i],
  ] as const)('use in %s the word for approval only where the goods may go', (locale, word) => {
    for (const [name, { display }] of scenes(locale)) {
      expect(word.test(`${display.title} ${display.detail}`), name).toBe(
        display.scene === 'approved',
      );
    }
  });

  it('show a sum with a decline never', () => {
    for (const reason of [null, ...declineReasons]) {
      const result = paymentOf({ outcome: 'declined', reason });
      expect(sceneOf(viewOf(), 'da', result).display).toMatchObject({
        scene: 'declined',
        amount: null,
        qr: null,
      });
    }
  });
});

describe('what MobilePay refused', () => {
  it.each(locales)('to create is told to the cashier in %s', (locale) => {
    const result = paymentOf({
      outcome: 'declined',
      reason: 'not-created',
      refusal: notActivated,
    });
    const { title, detail } = sceneOf(viewOf(), locale, result).display;
    expect(detail).toBe(notActivated[locale]);
    expect(title).toBe(wordingOf('failed', locale, '').title);
  });

  it.each(declineReasons.filter((reason) => reason !== 'not-created'))(
    'on the way is no matter when it ended otherwise: %s',
    (reason) => {
      const declined = paymentOf({ outcome: 'declined', reason });
      const refused = { ...declined, refusal: notActivated };
      expect(sceneOf(viewOf(), 'da', refused)).toEqual(sceneOf(viewOf(), 'da', declined));
    },
  );

  it('on the way is no matter when the money is there', () => {
    const approved = paymentOf({ outcome: 'approved', refusal: notActivated });
    expect(sceneOf(viewOf(), 'da', approved).display.title).toBe('Godkendt');
  });
});

describe('out of order', () => {
  it('names what is broken before what is configured', () => {
    const view = viewOf({
      phase: 'out-of-order',
      faults: ['api-unreachable'],
      setupProblem: 'store-not-found',
    });
    expect(sceneOf(view, 'en', null).display.detail).toBe('Check the network');
  });

  it('says nothing of a PoS that still sells', () => {
    const view = viewOf({ setupProblem: 'beacon-id-taken', faults: ['pos-outdated'] });
    expect(sceneOf(view, 'en', null).display.scene).toBe('idle');
  });
});

describe('the outcome decides', () => {
  it.each(phases)('that an undecided payment is never shown as decided, in phase %s', (phase) => {
    for (const outcome of ['pending', 'unknown'] as const) {
      const earlier = paymentOf({ orderId: 'order-0', outcome: 'approved' });
      const view = paying({ outcome }, { phase });
      for (const result of [null, earlier]) {
        expect(['waiting', 'unknown', 'out-of-order']).toContain(
          sceneOf(view, 'en', result).display.scene,
        );
      }
    }
  });

  it.each(phases)('that a result is shown whatever else is wrong, in phase %s', (phase) => {
    const view = viewOf({ phase, mqttConnected: false, faults: ['api-unreachable'] });
    const approved = paymentOf({ outcome: 'approved' });
    const declined = paymentOf({ outcome: 'declined', reason: 'by-register' });
    expect(sceneOf(view, 'en', approved).display.scene).toBe('approved');
    expect(sceneOf(view, 'en', declined).display.scene).toBe('declined');
  });

  it('that an unknown one asks for patience although the customer has it', () => {
    expect(
      sceneOf(paying({ outcome: 'unknown', atCustomer: true }), 'en', null).display.scene,
    ).toBe('unknown');
  });
});

describe('the QR code', () => {
  it('is lower case, also for a GUID', () => {
    const view = viewOf({ beaconId: 'A1B2C3D4-E5F6-4711-8899-AABBCCDDEEFF' });
    expect(sceneOf(view, 'da', null).display.qr).toBe(
      'mobilepaypos://pos?id=a1b2c3d4-e5f6-4711-8899-aabbccddeeff&source=qr',
    );
  });

  it('stands only where a customer is invited', () => {
    const invited = scenes('da').filter(([, { display }]) => display.qr !== null);
    expect(new Set(invited.map(([, { display }]) => display.scene))).toEqual(
      new Set(['idle', 'inviting', 'waiting', 'message']),
    );
  });
});

const litScenes = sceneNames.filter((name) => name !== 'message' && name !== 'service');

describe('a message of the register', () => {
  const message = { lines: ['Velkommen, Anna', 'Du har 120 point', '3 kopper til den næste'] };

  it('stands in for idle, an invitation and a welcome; the lights go on telling', () => {
    for (const view of [viewOf(), viewOf({ invited: true }), viewOf({ checkedIn: true })]) {
      const scene = sceneOf({ ...view, message }, 'da', null);
      expect(scene.display).toEqual({
        scene: 'message',
        title: 'Velkommen, Anna',
        detail: 'Du har 120 point 3 …',
        amount: null,
        qr: null,
        lines: message.lines,
      });
      expect(scene.lights).toEqual(sceneOf(view, 'da', null).lights);
    }
  });

  it('gives way to a payment, its result, and everything that is wrong', () => {
    const approved = paymentOf({ outcome: 'approved' });
    expect(sceneOf({ ...paying(), message }, 'da', null).display.scene).toBe('waiting');
    const paired = paying({ amount: null, awaitsAmount: true });
    expect(sceneOf({ ...paired, message }, 'da', null).display.scene).toBe('welcome');
    expect(sceneOf(viewOf({ message }), 'da', approved).display.scene).toBe('approved');
    for (const wrong of [
      { phase: 'starting' },
      { phase: 'out-of-order' },
      { identifying: true },
      { mqttConnected: false },
      { faults: ['api-unreachable'] },
    ] as const) {
      const view = viewOf({ ...wrong, faults: [...(wrong.faults ?? [])], message });
      expect(sceneOf(view, 'da', null).display.scene).not.toBe('message');
    }
  });
});

describe('the lights', () => {
  it('of no two scenes have the same rhythms, even when colour and place are not seen', () => {
    const rhythms = litScenes.map((name) =>
      lightColours
        .map((colour) => lightPatterns[name][colour])
        .sort()
        .join(' '),
    );
    expect(new Set(rhythms).size).toBe(litScenes.length);
  });

  it('are steady green alone only where the goods may go', () => {
    const steadyGreen = litScenes.filter((name) => lightPatterns[name].green === 'on');
    expect(steadyGreen).toEqual(['approved']);
  });
});
