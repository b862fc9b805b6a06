import { expect, test } from 'vitest';
import { healthSentence } from '../../src/commands/health-sentence.ts';
import { viewOf } from '../panel/view.ts';

test('a healthy terminal takes payments, whatever it is doing', () => {
  for (const phase of ['idle', 'checked-in', 'paying', 'approved', 'cancelled'] as const) {
    expect(healthSentence(viewOf({ phase, mqttConnected: true }))).toBe('Takes payments');
  }
});

test('what is wrong is named', () => {
  const view = viewOf({
    phase: 'out-of-order',
    mqttConnected: false,
    faults: ['api-unreachable', 'radio-down'],
    setupProblem: 'store-not-chosen',
  });
  expect(healthSentence(view)).toBe(
    'Out of order; no connection to the broker; faults: api-unreachable, radio-down; set-up: store-not-chosen',
  );
});
