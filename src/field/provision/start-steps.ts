import type { OnlineState } from '../../contract/messages.ts';
import { setupNoteOf } from '../../engine/setup-note.ts';
import { ensureCertificate } from './certificate.ts';
import { type Job, textOf } from './job.ts';
import { journalNote } from './pos-step.ts';
import { type Place, type SeenState, watchTerminal } from './presence.ts';
import { done, type Problem, type QuestionName, type StepResult, stopped } from './problem.ts';
import { loginOf } from './questions.ts';
import { enableAndRestart, hasUnit, isActive, systemdRuns } from './service.ts';
import { needsCertificate } from './write-step.ts';

const BROKER_PATIENCE_MS = 15_000;
/** A terminal that nobody has started yet is not waited for. */
const GLANCE_MS = 3_000;

export async function obtainCertificate(job: Job): Promise<StepResult> {
  if (!needsCertificate(job)) return done('not needed: the login at the broker is another');
  const { options } = job;
  if (options.dryRun) {
    const how =
      options.signCommand === undefined ? 'would wait to be signed' : 'would go to --sign-command';
    return done(`the request ${how}`);
  }
  const { certificate } = job.files();
  const before = textOf(certificate);
  const result = await ensureCertificate({
    files: job.files(),
    terminalId: job.config().terminal.id,
    signCommand: options.signCommand,
    signed: options.signed,
    owner: null,
    goOn: options.goOn,
  });
  if (textOf(certificate) !== before) job.changed = true;
  if (result.kind === 'waiting') await job.keep('waiting-for-certificate');
  return result;
}

function placeOf(job: Pick<Job, 'config' | 'secret'>): Place {
  const { mqtt, terminal } = job.config();
  const { url: urls, prefix, username, ca, cert, key, protocolVersion } = mqtt;
  const password = job.secret('mqtt-password');
  const access = { username, password, ca, cert, key, protocolVersion };
  return { ...access, urls, prefix, terminalId: terminal.id };
}

const loginRemedies = {
  certificate: {
    ask: ['login'],
    remedy:
      "Have the certificate signed by the authority that the broker trusts (its cafile), and check the broker's log.",
  },
  password: {
    ask: ['mqtt.username', 'mqtt-password'],
    remedy: 'Correct mqtt.username and the password, or have the broker know them.',
  },
  none: {
    ask: ['login'],
    remedy: 'This broker may want a user name or a certificate: set login, or open it.',
  },
} as const satisfies Record<string, { ask: readonly QuestionName[]; remedy: string }>;

/** The broker lets it in, and nobody else is there under this name. */
export async function checkBroker(job: Job): Promise<StepResult> {
  if (job.options.dryRun) return done('would log in, and see that no other terminal has this name');
  const { unit } = job.options;
  const watch = watchTerminal(placeOf(job));
  try {
    if (!(await watch.until(() => true, BROKER_PATIENCE_MS))) {
      const problem: Problem = {
        code: 'unreachable',
        what: `The broker does not let this terminal in: ${watch.trouble() ?? 'it says nothing'}.`,
        ...loginRemedies[loginOf(job.answers)],
      };
      return stopped(problem);
    }
    const state = watch.state() ?? null;
    job.serviceRuns = unit !== null && systemdRuns() && isActive(unit);
    job.formerBootId = state?.bootId ?? null;
    if (state?.online === true && !job.serviceRuns && !job.startedBefore) {
      const { id } = job.config().terminal;
      return stopped({
        code: 'config-invalid',
        what: `Another terminal is online at this broker as ${id}.`,
        remedy:
          'Give this one a terminal.id of its own; or stop the other one (beacon-terminal decommission), if this replaces it.',
        ask: ['terminal.id'],
      });
    }
    return done(`it lets ${job.config().terminal.id} in`);
  } finally {
    await watch.close();
  }
}

/** Enables and starts the service; where nothing does that here, says how. */
export async function startService(job: Job): Promise<StepResult> {
  const { unit, dryRun, configFile } = job.options;
  const byHand = `beacon-terminal run --config ${configFile}`;
  if (unit === null || !systemdRuns()) {
    const why = unit === null ? 'this config is no service of this machine' : 'no systemd here';
    return done(`${why}: start it by hand: ${byHand}`);
  }
  if (dryRun) return done(`would run: systemctl enable ${unit}; systemctl restart ${unit}`);
  if (!hasUnit(unit)) {
    return stopped({
      code: 'unreachable',
      what: `There is no service ${unit} on this machine.`,
      remedy: `Install the package beacon-terminal, or start it by hand: ${byHand}`,
    });
  }
  if (job.serviceRuns && !job.changed) {
    job.formerBootId = null;
    return done(`${unit} runs with this config already`);
  }
  const failure = enableAndRestart(unit);
  if (failure !== null) {
    return stopped({
      code: 'unreachable',
      what: `${unit} does not start: ${failure}`,
      remedy: `See why: journalctl -u ${unit} -n 50`,
    });
  }
  job.serviceRuns = true;
  return done(`${unit} enabled and started`);
}

function isInService(state: SeenState): state is OnlineState {
  return state?.online === true && state.phase !== 'starting' && state.phase !== 'out-of-order';
}

/** Online, and ready to sell. */
export async function awaitOnline(job: Job): Promise<StepResult> {
  const { dryRun, waitMs, say, unit } = job.options;
  if (dryRun) return done(`would wait at most ${waitMs / 1000} s until it is online`);
  const former = job.serviceRuns ? job.formerBootId : null;
  const watch = watchTerminal(placeOf(job));
  let shown = '';
  const show = (state: SeenState) => {
    const words = state?.online === true ? state.phase : 'not online yet';
    if (words !== shown && job.serviceRuns) say(`      ${words}`);
    shown = words;
  };
  try {
    const ready = await watch.until(
      (state) => {
        const own = state?.bootId === former ? null : state;
        show(own);
        return isInService(own);
      },
      job.serviceRuns ? waitMs : GLANCE_MS,
    );
    if (ready) {
      await job.keep('done');
      return done(`online, ${shown}`);
    }
    await job.keep('waiting-for-terminal');
    if (!job.serviceRuns) {
      return {
        kind: 'waiting',
        said: `waiting for the terminal: start it, then ${job.options.goOn}`,
      };
    }
    return stopped(notOnline(job, watch.state() ?? null, watch.trouble(), unit ?? ''));
  } finally {
    await watch.close();
  }
}

function notOnline(job: Job, state: SeenState, trouble: string | undefined, unit: string): Problem {
  const setup = setupNoteOf(journalNote(job.config().journal.path, 'setup-problem'));
  const log = `journalctl -u ${unit} -n 50`;
  if (setup !== null) {
    return { code: 'unreachable', what: setup.message, remedy: `Then it opens by itself. ${log}` };
  }
  if (state?.online === true) {
    const faults = state.faults.length === 0 ? '' : `, faults: ${state.faults.join(', ')}`;
    const what = `The terminal runs, but is ${state.phase}${faults}.`;
    return { code: 'unreachable', what, remedy: `beacon-terminal status tells why; or ${log}` };
  }
  const what = `The terminal did not come online (${trouble ?? 'nothing from it at the broker'}).`;
  return { code: 'unreachable', what, remedy: `See why: ${log}` };
}
