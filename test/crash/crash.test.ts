import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import type { Disturbance } from './disturbance.ts';
import { parseDisturbances, textOf } from './disturbance.ts';
import { type Played, play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { mainScenarios, otherScenarios } from './scenario.ts';
import { seededRandom } from './seeded-random.ts';
import { Street } from './shop.ts';

/*
 * CRASH_FULL=1     every pair instead of a sample (hours)
 * CRASH_BRIEF=1    the first scenario's instants and calls, and a few pairs: what `npm test` has time for
 * CRASH_SEED=7     the sample of pairs
 * CRASH_SECONDS=90 when to begin no more pairs, counted from the start of this file
 * CRASH_LANES=3    terminals at a time
 * CRASH_ONLY='a sale; kill:1:17,lost-answer:4'   one run, to find out why
 */
const full = process.env['CRASH_FULL'] === '1';
const brief = process.env['CRASH_BRIEF'] === '1';
const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const budgetMs = Number(process.env['CRASH_SECONDS'] ?? 165) * 1000;
const laneCount = Number(process.env['CRASH_LANES'] ?? 3);
const only = process.env['CRASH_ONLY'];
const scenarios = [...mainScenarios, ...otherScenarios];
const enumerated = full ? scenarios : mainScenarios.slice(0, brief ? 1 : undefined);
const STORIES = '.cache/crash';
/** A slow machine tries some pairs, too. */
const LEAST_PAIRS_MS = 15_000;
const LONG_MS = full ? 24 * 3_600_000 : 600_000;

interface Task {
  scenario: Scenario;
  disturbances: Disturbance[];
}

const missing = !mosquittoAvailable && process.env['CI'] === undefined;

describe.skipIf(missing)('a terminal that dies at any instant (needs mosquitto)', () => {
  const startedMs = performance.now();
  const streets: Street[] = [];
  /** How far each scenario's clean run came. */
  const lengths = new Map<Scenario, { points: number; calls: number }>();
  let broker: Mosquitto;

  beforeAll(async () => {
    broker = await startMosquitto();
    for (let lane = 0; lane < laneCount; lane += 1) streets.push(await Street.open(broker.url));
  });
  afterAll(async () => {
    await Promise.all(streets.map((street) => street.close()));
    await broker?.destroy();
  });

  /** Plays what `next` hands out, a run per street at a time, until it has no more. */
  async function playAll(
    next: () => Task | undefined,
    onPlayed: (played: Played) => void = () => {},
  ): Promise<Played[]> {
    const bad: Played[] = [];
    await Promise.all(
      streets.map(async (street) => {
        for (let task = next(); task !== undefined; task = next()) {
          const played = await play(street, task.scenario, task.disturbances);
          onPlayed(played);
          if (played.problems.length > 0) bad.push(played);
        }
      }),
    );
    return bad;
  }

  /** Numbers from one on, until one lies beyond the clean run and is not reached any more. */
  async function enumerate(
    scenario: Scenario,
    after: number,
    atLeast: number,
    disturbance: (number: number) => Disturbance,
  ): Promise<{ tried: number; bad: Played[] }> {
    let number = after;
    let last = Number.POSITIVE_INFINITY;
    let tried = 0;
    const bad = await playAll(
      () => {
        number += 1;
        return number <= last ? { scenario, disturbances: [disturbance(number)] } : undefined;
      },
      (played) => {
        if (played.reached[0] === true) tried += 1;
        else if (number >= atLeast) last = Math.min(last, number);
      },
    );
    return { tried, bad };
  }

  async function measure(scenario: Scenario): Promise<Played> {
    const [street] = streets;
    if (street === undefined) throw new Error('no street');
    const clean = await play(street, scenario, []);
    expectAllWell([clean]);
    lengths.set(scenario, clean);
    return clean;
  }

  it
    .skipIf(only !== undefined)
    .each(enumerated.map((scenario) => ({ scenario, name: scenario.name })))(
    'loses nothing in $name when it is killed once, or one call is lost',
    async ({ scenario }) => {
      const { points, calls, known } = await measure(scenario);
      // One scenario's boot is like another's: its instants are tried in the first of them.
      const skipped = scenario === mainScenarios[0] ? { points: 0, calls: 0 } : known;
      const kills = await enumerate(scenario, skipped.points, points, (point) => killAt(1, point));
      const requests = await enumerate(scenario, skipped.calls, calls, (call) =>
        lost('request', call),
      );
      const answers = await enumerate(scenario, skipped.calls, calls, (call) =>
        lost('answer', call),
      );
      say(
        `${scenario.name}: killed at ${kills.tried} points; ` +
          `${requests.tried} requests and ${answers.tried} answers lost` +
          (skipped.points === 0 ? '' : ', after those it shares with another'),
      );
      expectAllWell([...kills.bad, ...requests.bad, ...answers.bad]);
      expect(kills.tried).toBeGreaterThanOrEqual(points - skipped.points - 2);
      expect(answers.tried).toBeGreaterThanOrEqual(calls - skipped.calls - 2);
    },
    LONG_MS,
  );

  it.skipIf(only !== undefined)(
    `loses nothing when two things go wrong (${full ? 'every pair' : 'a sample of pairs'})`,
    async () => {
      for (const scenario of scenarios) if (!lengths.has(scenario)) await measure(scenario);
      const tasks = full ? [...otherSingles(), ...everyPair()] : sample();
      const untilMs = Math.max(startedMs + budgetMs, performance.now() + LEAST_PAIRS_MS);
      let single = 0;
      let double = 0;
      let both = 0;
      const bad = await playAll(
        () => (full || performance.now() < untilMs ? tasks.shift() : undefined),
        ({ disturbances, reached }) => {
          if (disturbances.length === 1) single += 1;
          else double += 1;
          if (disturbances.length > 1 && reached.every(Boolean)) both += 1;
        },
      );
      say(
        `pairs: ${double} of ${everyPair().length} tried, seed ${seed}; both struck in ${both}` +
          (single === 0 ? '' : `; and ${single} other single disturbances`),
      );
      expectAllWell(bad);
      expect(single + double).toBeGreaterThan(0);
    },
    LONG_MS,
  );

  function everyPair(): Task[] {
    return [...lengths].flatMap(([scenario, { points, calls }]) =>
      pairsOf(points, calls).map((disturbances) => ({ scenario, disturbances })),
    );
  }

  /** Single disturbances that were not enumerated. */
  function otherSingles(): Task[] {
    return [...lengths].flatMap(([scenario, { points, calls }]) =>
      singlesOf(points, calls)
        .filter(({ kind }) => kind === 'stop' || (!full && otherScenarios.includes(scenario)))
        .map((one) => ({ scenario, disturbances: [one] })),
    );
  }

  /** By chance: pairs, and between them single disturbances. */
  function sample(): Task[] {
    const singles = shuffled(otherSingles());
    return shuffled(everyPair()).flatMap((task, index) => {
      const single = index % 2 === 0 ? singles.shift() : undefined;
      return single === undefined ? [task] : [task, single];
    });
  }

  it.runIf(only !== undefined)(
    `plays ${only}`,
    async () => {
      const [name, disturbances = ''] = (only ?? '').split(/;\s*/);
      const scenario = scenarios.find((one) => one.name === name);
      const street = streets[0];
      if (scenario === undefined || street === undefined) throw new Error(`no scenario ${name}`);
      const played = await play(street, scenario, parseDisturbances(disturbances));
      say(`reached: ${played.reached.join(' ')}; ${played.points} points, ${played.calls} calls`);
      expectAllWell([played]);
    },
    LONG_MS,
  );
});

function killAt(boot: number, point: number): Disturbance {
  return { kind: 'kill', boot, point };
}
function stopAt(boot: number, point: number): Disturbance {
  return { kind: 'stop', boot, point };
}
function lost(what: 'request' | 'answer', call: number): Disturbance {
  return { kind: `lost-${what}`, call };
}

function lossesOf(calls: number): Disturbance[] {
  return numbers(calls).flatMap((call) => [lost('request', call), lost('answer', call)]);
}

function singlesOf(points: number, calls: number): Disturbance[] {
  const ends = numbers(points).flatMap((point) => [killAt(1, point), stopAt(1, point)]);
  return [...ends, ...lossesOf(calls)];
}

/** Kill and kill again in the next boot, kill and a lost call, and two lost calls. */
function pairsOf(points: number, calls: number): Disturbance[][] {
  // A second boot asks more before it goes on.
  const losses = lossesOf(calls + 4);
  const second = [...numbers(points).map((point) => killAt(2, point)), ...losses];
  return [
    ...numbers(points).flatMap((point) => second.map((other) => [killAt(1, point), other])),
    ...losses.flatMap((first, index) => losses.slice(index + 1).map((other) => [first, other])),
  ];
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function shuffled<T>(items: readonly T[]): T[] {
  const random = seededRandom(seed);
  const left = [...items];
  for (let end = left.length - 1; end > 0; end -= 1) {
    const other = random.below(end + 1);
    [left[end], left[other]] = [left[other] as T, left[end] as T];
  }
  return left;
}

function expectAllWell(bad: readonly Played[]): void {
  const failed = bad.filter(({ problems }) => problems.length > 0);
  const lines = failed.map(({ scenario, disturbances, problems, story }) => {
    const title = `${scenario.name}; ${textOf(disturbances)}`;
    mkdirSync(STORIES, { recursive: true });
    writeFileSync(`${STORIES}/${title.replaceAll(/[^a-z0-9]+/g, '-')}.txt`, story);
    return `${title}\n${problems.map((one) => `    ${one}`).join('\n')}`;
  });
  expect(lines, `stories in ${STORIES}; again with CRASH_ONLY='…'`).toEqual([]);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
