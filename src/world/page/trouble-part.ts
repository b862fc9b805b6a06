import { act } from './server-link.ts';
import type { Trouble, TroubleView } from './world-view.ts';

const viewKeys: Record<Trouble, keyof TroubleView> = {
  'network-cut': 'networkCut',
  'api-slow': 'apiSlow',
  'broker-gone': 'brokerGone',
  'plug-pulled': 'plugPulled',
};

/** The switches for trouble. */
export function createTroublePart() {
  const switches = [...document.querySelectorAll<HTMLButtonElement>('[data-trouble]')];
  for (const one of switches) {
    one.addEventListener('click', () => {
      const on = one.ariaChecked !== 'true';
      void act({ do: 'trouble', trouble: one.dataset['trouble'] as Trouble, on });
    });
  }
  return {
    render(view: TroubleView) {
      for (const one of switches) {
        one.ariaChecked = String(view[viewKeys[one.dataset['trouble'] as Trouble]]);
      }
    },
  };
}
