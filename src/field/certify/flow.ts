import type { Case } from './case.ts';
import type { Stage } from './stage.ts';

/** MobilePay's six. */
export const categories = [
  'Onboarding',
  'Payments',
  'Prepared payments',
  'Payments with restrictions',
  'Prepared payments with restrictions',
  'Refunds',
] as const;
export type Category = (typeof categories)[number];

/** A story played from beginning to end on a terminal and a PoS of its own. */
export interface Flow {
  category: Category;
  name: string;
  /** All that it shows, whether it gets there or not. */
  cases: readonly Case[];
  play(stage: Stage): Promise<void>;
}
