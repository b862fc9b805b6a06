import { statSync } from 'node:fs';
import { stringify } from 'yaml';
import { secretNames } from '../../config/secrets.ts';
import { certificateRequest, isDeviceKey, newDeviceKey } from './certificate-request.ts';
import { makeFolder, writeDurably } from './durable-file.ts';
import { type Job, textOf } from './job.ts';
import { done, type StepResult } from './problem.ts';
import { exists } from './setup-files.ts';

const HEADING = `# Written by beacon-terminal provision. Change it, then: beacon-terminal config check FILE
# Every key: docs/configuration.md. Secrets are not in here.
`;

/** Whether the device makes a key of its own and needs a certificate for it. */
export function needsCertificate(job: Job): boolean {
  return job.config().mqtt.cert === job.files().certificate;
}

/** Config, secrets and the device's key, the config last: each whole, or as it was. */
export async function writeFiles(job: Job): Promise<StepResult> {
  const files = job.files();
  const { owner, options } = job;
  const text = `${HEADING}${stringify(job.data())}`;
  const certified = needsCertificate(job);
  const written = [files.config, files.secretsDir];
  if (certified) written.push(files.key, files.request);
  if (options.dryRun) {
    const user = owner === null ? 'you' : options.user;
    return done(`would write ${written.join(', ')}; secrets 0600 in a folder 0700 of ${user}`);
  }
  await makeFolder(files.secretsDir, 0o700, owner);
  for (const name of secretNames) {
    const secret = job.secret(name);
    const path = `${files.secretsDir}/${name}`;
    if (secret === undefined || options.credentials(name) !== undefined) continue;
    if (textOf(path)?.trimEnd() !== secret) job.changed = true;
    await writeDurably(path, `${secret}\n`, { mode: 0o600, owner });
  }
  if (certified) await writeKey(job);
  const { brokerCa } = options;
  if (brokerCa !== undefined) {
    if (textOf(files.brokerCa) !== brokerCa) job.changed = true;
    await writeDurably(files.brokerCa, brokerCa, { mode: 0o644, owner: null });
  }
  const before = textOf(files.config);
  if (before !== text) {
    job.changed = true;
    if (before !== undefined) {
      const mode = statSync(files.config).mode & 0o777;
      await writeDurably(`${files.config}.before-provision`, before, { mode, owner: null });
    }
    await writeDurably(files.config, text, { mode: 0o644, owner: null });
  }
  await job.keep('written');
  return done(`${written.join(', ')}${job.changed ? '' : ' (as they were)'}`);
}

/** The key that is there stays: a certificate may be on its way. */
async function writeKey(job: Job): Promise<void> {
  const files = job.files();
  const standing = textOf(files.key);
  const key = standing !== undefined && isDeviceKey(standing) ? standing : newDeviceKey();
  if (key !== standing) job.changed = true;
  await writeDurably(files.key, key, { mode: 0o600, owner: job.owner });
  if (key === standing && exists(files.request)) return;
  const request = certificateRequest(key, job.config().terminal.id);
  await writeDurably(files.request, request, { mode: 0o644, owner: null });
}
