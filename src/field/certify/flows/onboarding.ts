import { check, disturbed } from '../case.ts';
import type { Flow } from '../flow.ts';
import { failedThoughDone, lateThenFailed, neverAnswered } from '../planned-call.ts';
import type { Step } from '../sent-request.ts';
import { findsWhatWasLost, renewsToken, sentTimes } from '../traffic-cases.ts';

const category = 'Onboarding';

/** Everything a terminal does before it has a PoS, each call disturbed. */
function newPos(name: string, steps: readonly Step[]): Flow {
  const calls = [
    disturbed('get a token', 'getToken', steps),
    disturbed('look for the PoS by its name', 'findPos', steps),
    disturbed('find the store', 'findDetailedStores', steps),
    disturbed('create the PoS', 'createPos', steps),
    disturbed('read the PoS', 'getPos', steps),
  ];
  const ready = check('the terminal is ready to sell');
  return {
    category,
    name,
    cases: [...calls, ready],
    async play(stage) {
      stage.disturb(...calls);
      await stage.boot();
      stage.found(ready, true, `PoS ${stage.posId}`);
    },
  };
}

/** A PoS cannot be edited: under a new name it is deleted and created again. */
function replacedPos(): Flow {
  const calls = [
    disturbed('delete the PoS', 'deletePos', lateThenFailed),
    disturbed('create the PoS to use', 'createPos', lateThenFailed),
  ];
  const replaced = check('the terminal sells at another PoS than before');
  return {
    category,
    name: 'replaced PoS',
    cases: [...calls, replaced],
    async play(stage) {
      await stage.boot();
      const before = stage.posId;
      await stage.shutDown();
      stage.disturb(...calls);
      await stage.boot('Certification, renamed');
      const after = stage.posId;
      stage.found(replaced, after !== before, `${before}, then ${after}`);
    },
  };
}

function lostPos(): Flow {
  const create = disturbed('create the PoS, every answer late', 'createPos', neverAnswered);
  return {
    category,
    name: 'lost PoS',
    cases: [
      create,
      findsWhatWasLost('the PoS is found, not created twice', 'createPos', 'findPos'),
    ],
    async play(stage) {
      stage.disturb(create);
      await stage.boot();
    },
  };
}

function rejectedToken(): Flow {
  const create = disturbed('create the PoS with a token that is rejected', 'createPos', [
    { do: 'refuse', status: 401, code: null },
    { do: 'pass' },
  ]);
  return {
    category,
    name: 'rejected token',
    cases: [
      create,
      renewsToken('after 401 once more, with a new token', 'createPos'),
      sentTimes('and no oftener', 'createPos', 2),
    ],
    async play(stage) {
      stage.disturb(create);
      await stage.boot();
    },
  };
}

export const onboardingFlows: readonly Flow[] = [
  newPos('new PoS', lateThenFailed),
  newPos('new PoS, done though answered 500', failedThoughDone),
  replacedPos(),
  lostPos(),
  rejectedToken(),
];
