import { dirname } from 'node:path';
import { DEFAULT_CONFIG_FILE } from '../../config/schema.ts';
import { TerminalError } from '../../terminal-error.ts';
import { type Answers, answersFromYaml } from './answers.ts';
import { checkCredentials, checkInputs, checkNetwork, chooseStore } from './check-steps.ts';
import type { Owner } from './durable-file.ts';
import { createJob, type Job, type ProvisionOptions, textOf } from './job.ts';
import { ownerFor } from './owner.ts';
import { ensurePos } from './pos-step.ts';
import { done, errorOf, problemText, type StepResult } from './problem.ts';
import type { Prompt } from './prompt.ts';
import { askQuestions, type GivenSecrets } from './questions.ts';
import { stateFileOf } from './setup-files.ts';
import { awaitOnline, checkBroker, obtainCertificate, startService } from './start-steps.ts';
import { type ProvisionState, readState } from './state-file.ts';
import { writeFiles } from './write-step.ts';

interface Step {
  title: string;
  run: (job: Job) => Promise<StepResult>;
}

const steps: readonly Step[] = [
  { title: 'answers', run: checkInputs },
  { title: 'network and clock', run: checkNetwork },
  { title: 'MobilePay', run: checkCredentials },
  { title: 'store', run: chooseStore },
  { title: 'point of sale', run: ensurePos },
  { title: 'files', run: writeFiles },
  { title: 'certificate', run: obtainCertificate },
  { title: 'broker', run: checkBroker },
  { title: 'service', run: startService },
  { title: 'online', run: awaitOnline },
  { title: 'doctor', run: consultDoctor },
  { title: 'label', run: printLabel },
];

/** `checks-failed`: it is online, and `doctor` has found something. */
export type ProvisionEnding = 'done' | 'waiting' | 'checks-failed';

/**
 * From a blank machine to a terminal that sells. Every step looks first whether it is done; the
 * same command, given again, goes on where the last one stopped.
 * @throws TerminalError for what stands in the way, with its remedy
 */
export async function provision(options: ProvisionOptions): Promise<ProvisionEnding> {
  const { prompt } = options;
  const owner = ownerFor(options.user);
  if (owner !== null && 'what' in owner) throw errorOf(owner);
  const earlier = readState(stateFileOf(options.configFile));
  const secrets = { ...options.secrets };
  const answers = await firstAnswers(options, earlier, secrets);
  for (;;) {
    const problem = await oneTry(options, { answers, secrets, owner, earlier });
    if (typeof problem === 'string') return problem;
    if (prompt === undefined || problem.ask === undefined || problem.ask.length === 0) {
      throw errorOf(problem);
    }
    prompt.say(problemText(problem));
    // The one that was refused is not worth keeping.
    const anew = { ...asked(options, answers, secrets, prompt), isKept: () => false };
    await askQuestions(anew, problem.ask);
  }
}

async function oneTry(
  options: ProvisionOptions,
  start: {
    answers: Answers;
    secrets: GivenSecrets;
    owner: Owner;
    earlier: ProvisionState | undefined;
  },
) {
  const job = createJob(options, {
    ...start,
    earlier: readState(stateFileOf(options.configFile)) ?? start.earlier,
  });
  let checksFailed = false;
  try {
    for (const [index, { title, run }] of steps.entries()) {
      const result = await run(job);
      if (result.kind === 'problem') return result.problem;
      const count = `${index + 1}/${steps.length}`.padStart(5);
      options.say(`${count} ${title}: ${result.said}`);
      if (result.kind === 'waiting') return 'waiting' as const;
      checksFailed ||= result.said === DOCTOR_FOUND;
    }
    return checksFailed ? ('checks-failed' as const) : ('done' as const);
  } finally {
    await job.close();
  }
}

function asked(options: ProvisionOptions, answers: Answers, secrets: GivenSecrets, prompt: Prompt) {
  return {
    answers,
    secrets,
    prompt,
    isKept: (name: keyof GivenSecrets) =>
      createJob(options, { answers, secrets, owner: null, earlier: undefined }).secret(name) !==
      undefined,
  };
}

/** @throws TerminalError `usage` where there is nothing to go by */
async function firstAnswers(
  options: ProvisionOptions,
  earlier: ProvisionState | undefined,
  secrets: GivenSecrets,
): Promise<Answers> {
  if (options.given !== undefined) return structuredClone(options.given);
  const { prompt, configFile } = options;
  if (prompt === undefined) {
    if (earlier !== undefined) return structuredClone(earlier.answers);
    throw new TerminalError(
      'usage',
      'There is nothing to go by: give --from FILE or --csv FILE --row ID, or run it in a terminal, where it asks.',
    );
  }
  if (earlier !== undefined && earlier.standing !== 'done') {
    const from = earlier.at.slice(0, 16).replace('T', ' ');
    const answer = await prompt.ask(`Go on where it stopped (${from} UTC)? (y/n)`, 'y');
    if (/^[yj]/i.test(answer)) return structuredClone(earlier.answers);
  }
  const standing = textOf(configFile);
  const before: Answers =
    standing === undefined ? { config: {} } : answersFromYaml(standing, configFile);
  const answers = structuredClone(earlier?.answers ?? before);
  const where = configFile === DEFAULT_CONFIG_FILE ? '' : ` for ${configFile}`;
  prompt.say(`Setting up a terminal${where}. Enter takes what stands in [ ]; - empties it.`);
  await askQuestions(asked(options, answers, secrets, prompt));
  return answers;
}

const DOCTOR_FOUND = 'found something: see above';

async function consultDoctor(job: Job): Promise<StepResult> {
  const { configFile, dryRun, runSelf } = job.options;
  if (dryRun) return done(`would run: beacon-terminal doctor --config ${configFile}`);
  const code = await runSelf('doctor', '--config', configFile);
  if (code === undefined) return done('this version has none');
  return done(code === 0 ? 'nothing to complain about' : DOCTOR_FOUND);
}

async function printLabel(job: Job): Promise<StepResult> {
  const { configFile, dryRun, runSelf } = job.options;
  if (dryRun) return done(`would run: beacon-terminal label --config ${configFile}`);
  const folder = dirname(configFile);
  const code = await runSelf('label', '--config', configFile, '--out', folder);
  if (code === undefined) return done('this version makes none');
  const again = `beacon-terminal label --config ${configFile}`;
  return done(code === 0 ? `in ${folder}, ready to be printed` : `not made; try: ${again}`);
}
