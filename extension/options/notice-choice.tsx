/** Which notifications are shown. */

import { useAct } from '../ui/act.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';
import type { NoticeChoice } from '../ui-protocol.ts';

const KINDS = ['done', 'folder', 'disk'] as const;

interface NoticeChoiceProps {
  notices: NoticeChoice;
  set: (notices: NoticeChoice) => Promise<unknown>;
}

export function NoticeChoiceFields({ notices, set }: NoticeChoiceProps) {
  const act = useAct();
  return (
    <fieldset class="card">
      <legend>{say('options.notices')}</legend>
      {KINDS.map(kind => (
        <label class="tick" key={kind}>
          <input
            type="checkbox"
            checked={notices[kind]}
            onChange={({ currentTarget }) => void act.run(() => set({ ...notices, [kind]: currentTarget.checked }))}
          />
          <span>
            <span class="tick-label">{say(`options.notices.${kind}`)}</span>
          </span>
        </label>
      ))}
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </fieldset>
  );
}
