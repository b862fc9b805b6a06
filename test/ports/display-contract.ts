import { afterEach, describe, expect, it } from 'vitest';
import type { DisplayContent } from '../../src/contract/device.ts';
import type { Display } from '../../src/ports.ts';

/** What somebody in front of the display reads. */
export interface Screen {
  /** All the text on it, in any arrangement. */
  text: string;
  /** The QR code's text; undefined where the display cannot draw one. */
  qr?: string | null;
}

export interface DisplayUnderTest {
  display: Display;
  /** What is on it once everything shown has arrived; null when nothing was shown yet. */
  look(): Promise<Screen | null>;
  dispose?(): Promise<void>;
}

const idle: DisplayContent = {
  scene: 'idle',
  title: 'Betal med MobilePay',
  detail: 'Scan koden',
  amount: null,
  qr: 'mobilepaypos://pos?id=123456789012345&source=qr',
  lines: null,
};
const largest: DisplayContent = {
  scene: 'waiting',
  title: 'Åbn MobilePay',
  detail: 'Scan koden',
  amount: '999.999,99\u00a0kr.',
  qr: 'mobilepaypos://pos?id=a1b2c3d4-e5f6-4711-8899-aabbccddeeff&source=qr',
  lines: null,
};
const approved: DisplayContent = {
  scene: 'approved',
  title: 'Hyväksytty',
  detail: 'Kiitos',
  amount: '12,50\u00a0€',
  qr: null,
  lines: null,
};
const blank: DisplayContent = {
  scene: 'off',
  title: 'Slukket',
  detail: '',
  amount: null,
  qr: null,
  lines: null,
};

const message: DisplayContent = {
  scene: 'message',
  title: 'Velkommen, Anna',
  detail: 'Du har 120 point 3…',
  amount: null,
  qr: null,
  lines: ['Velkommen, Anna', 'Du har 120 point', '3 kopper til den næste'],
};

/** What every `Display` promises. `seen: false` for the driver that stands for no display. */
export function displayContract(
  name: string,
  make: () => Promise<DisplayUnderTest>,
  { seen }: { seen: boolean } = { seen: true },
): void {
  describe(`${name} as a Display`, () => {
    let current: DisplayUnderTest | undefined;
    const made = async () => {
      current = await make();
      return current;
    };
    afterEach(async () => {
      await current?.display.close();
      await current?.dispose?.();
      current = undefined;
    });

    async function expectOn(device: DisplayUnderTest, content: DisplayContent) {
      const screen = await device.look();
      if (!seen) {
        expect(screen).toBeNull();
        return;
      }
      const text = screen?.text.replaceAll('\u00a0', ' ') ?? '';
      expect(text).toContain(content.title);
      if (content.amount !== null) expect(text).toContain(content.amount.replaceAll('\u00a0', ' '));
      if (screen?.qr !== undefined) expect(screen.qr).toBe(content.qr);
    }

    it('shows nothing before it is told to', async () => {
      const device = await made();
      expect(await device.look()).toBeNull();
    });

    it.each([idle, largest, approved, blank, message])('shows $scene, whole', async (content) => {
      const device = await made();
      await device.display.show(content);
      await expectOn(device, content);
    });

    it('shows the last of several, and nothing of those before', async () => {
      const device = await made();
      await device.display.show(largest);
      await device.display.show(approved);
      await expectOn(device, approved);
      expect((await device.look())?.text ?? '').not.toContain('999');
    });

    it('can be told the same twice', async () => {
      const device = await made();
      await device.display.show(idle);
      await device.display.show(idle);
      await expectOn(device, idle);
    });

    it('keeps what it shows when it is closed, once or twice, and takes nothing after', async () => {
      const device = await made();
      await device.display.show(blank);
      await device.display.close();
      await device.display.close();
      await device.display.show(largest).catch(() => {});
      await expectOn(device, blank);
    });
  });
}
