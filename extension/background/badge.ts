/** The mark on the toolbar's button: how many sites ask, else whether something needs the person. */

import { count } from '../ui/format.ts';
import { say } from '../ui/say.ts';
import type { Action } from '../web-extension.ts';

const ASKING = '#0b6b74';
const TROUBLE = '#b3261e';

export interface Badge {
  questions(pending: number): void;
  trouble(trouble: boolean): void;
}

type Button = Pick<Action.Static, 'setBadgeText' | 'setBadgeBackgroundColor' | 'setTitle'>;

export function createBadge(action: Button): Badge {
  let pending = 0;
  let isTrouble = false;
  let shown = '';

  function show(): void {
    const text = pending > 0 ? count(pending) : isTrouble ? '!' : '';
    if (text === shown) return;
    shown = text;
    void action.setBadgeText({ text });
    void action.setBadgeBackgroundColor({ color: pending > 0 ? ASKING : TROUBLE });
    void action.setTitle({ title: titleOf(pending, isTrouble) });
  }

  return {
    questions(now) {
      pending = now;
      show();
    },
    trouble(now) {
      isTrouble = now;
      show();
    },
  };
}

function titleOf(pending: number, isTrouble: boolean): string {
  if (pending > 0) return say('badge.questions', { n: pending });
  return say(isTrouble ? 'badge.trouble' : 'badge.plain');
}
