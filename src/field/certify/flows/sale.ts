import type { Category } from '../flow.ts';
import type { Stage } from '../stage.ts';

export interface Restrictions {
  debitCardDisallowed: boolean;
  creditCardDisallowed: boolean;
}

export const AMOUNT = 1250;

export interface Kind {
  category: Category;
  restrictions?: Restrictions;
}

export async function start(
  stage: Stage,
  { restrictions }: Kind,
  options: { autoCapture?: boolean } = {},
): Promise<string> {
  const orderId = stage.newOrder();
  await stage.order('payment/start', {
    orderId,
    amount: stage.amount(AMOUNT),
    ...options,
    ...(restrictions === undefined ? {} : { restrictions }),
  });
  return orderId;
}

export async function pay(stage: Stage): Promise<void> {
  await stage.checkIn();
  await stage.accept();
}

export async function captured(stage: Stage, orderId: string) {
  return await stage.payment(orderId, 'the capture', (p) => p.platformStatus === 'Captured');
}
