import { existsSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { failed, ok, skipped, warning } from '../finding.ts';
import type { Check } from '../patient.ts';
import { terminalCheck } from '../patient.ts';
import type { World } from '../world.ts';
import { systemdOutput } from '../world.ts';

/** As far as the terminal still trusts its clock (engine/trusted-clock.ts). */
const TOLERANCE_MS = 2_000;
/** A Date header is cut to whole seconds. */
const DATE_RESOLUTION_MS = 1_000;

const REMEDY = 'Let the machine set its clock: timedatectl set-ntp true';

/** Whether the kernel's clock is disciplined; null: nobody here can say. */
async function isSynchronized(world: World, signal: AbortSignal) {
  const asked = ['show', '--property=NTPSynchronized', '--value'];
  const said = (await systemdOutput(world, 'timedatectl', asked, signal))?.trim();
  if (said === 'yes' || said === 'no') return said === 'yes';
  return existsSync(join(world.runDir, 'systemd/timesync/synchronized')) ? true : null;
}

/** Whether something keeps this machine's clock right. */
export const timeSync: Check = {
  name: 'time-sync',
  async look({ world }, signal) {
    const synchronized = await isSynchronized(world, signal);
    if (synchronized === null) {
      return warning('neither timedatectl nor systemd-timesyncd can be asked here', REMEDY);
    }
    return synchronized
      ? ok('the clock is synchronized')
      : failed(
          'the clock is not synchronized',
          `${REMEDY}; then see that UDP port 123 is open, or name a time server of this network.`,
        );
  },
};

/** The Date of an answer, whatever the answer is: over TLS only a server that we verify gives one. */
function dateOf(url: string, signal: AbortSignal): Promise<string | undefined> {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'HEAD', signal, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.headers.date);
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** How far this machine's clock is from MobilePay's. */
export const clock = terminalCheck({
  name: 'clock',
  needs: ['mobilepay-tls'],
  async look({ config }, { now }, signal) {
    let text: string | undefined;
    try {
      text = await dateOf(config.mobilepay.baseUrl, signal);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return skipped(`MobilePay gives no answer to go by (${code})`);
    }
    const date = Date.parse(text ?? '');
    if (Number.isNaN(date)) return skipped('MobilePay sends no Date to go by');
    const behind = date - now();
    const aheadMs = -behind - DATE_RESOLUTION_MS;
    const skewMs = behind > 0 ? behind : Math.max(0, aheadMs);
    const direction = behind > 0 ? 'behind' : 'ahead of';
    if (skewMs <= TOLERANCE_MS) return ok(`within ${TOLERANCE_MS / 1000} s of MobilePay's`);
    return failed(
      `${(skewMs / 1000).toFixed(0)} s ${direction} MobilePay's; the terminal goes by MobilePay's`,
      REMEDY,
      'clock-untrusted',
    );
  },
});
