import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.doUnmock('onoff');
  vi.resetModules();
});

it('a driver that needs onoff says so, and what to install, where it was left out', async () => {
  vi.doMock('onoff', () => {
    throw new Error("Cannot find package 'onoff'");
  });
  const { loadGpioLines } = await import('../../src/panel/gpio-lines.ts');
  await expect(loadGpioLines('panel.lights.driver')).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringMatching(/^panel\.lights\.driver: .*npm install onoff$/),
  });
});
