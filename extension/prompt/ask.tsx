/** The question itself: who asks, what for, and what the person gives. */

import { useSignal } from '@preact/signals';
import type { SessionCookie } from '../../shared/cookies.ts';
import type { Outline } from '../../shared/grants.ts';
import type { GrantParams, GrantPreview } from '../../shared/site-methods.ts';
import { useAct } from '../ui/act.ts';
import type { Browse } from '../ui/folder-branches.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';
import type { Question } from '../ui-protocol.ts';
import { useArmed } from './armed.ts';
import { Asker } from './asker.tsx';
import { type Choice, firstChoice, grantOf, isAllowable } from './choice.ts';
import { AnswerBar, type Deny, DenyButton } from './closing.tsx';
import { FolderChoice } from './folder-choice.tsx';
import { Terms } from './terms.tsx';
import { useTold } from './told.tsx';

interface AskProps {
  question: Question;
  preview: GrantPreview;
  /** the browser's session at the API's URL */
  session: readonly SessionCookie[];
  deny: Deny;
  allow: (grant: GrantParams) => Promise<unknown>;
  /** resolves with the new folder's id */
  addFolder: (path: string) => Promise<number>;
  browse: Browse;
  outline: (folders: number[]) => Promise<Outline>;
}

export function Ask({ question, preview, session, deny, allow, addFolder, browse, outline }: AskProps) {
  const { wants } = question;
  const choice = useSignal<Choice>(firstChoice(preview, wants));
  const act = useAct();
  /** a folder that was named must not be left out of an answer given before it is there */
  const adding = useSignal(false);
  const set = (part: Partial<Choice>) => {
    choice.value = { ...choice.peek(), ...part };
  };
  const told = useTold(preview.folders, choice.value.folders, outline);
  const onlyFolders = wants === 'setFolder';
  return (
    <>
      <div class="ask">
        <Asker origin={preview.origin} wants={wants} url={preview.url} />
        <FolderChoice
          folders={preview.folders}
          chosen={choice.value.folders}
          browse={browse}
          told={told}
          choose={folders => set({ folders })}
          add={async path => {
            adding.value = true;
            try {
              const id = await addFolder(path);
              set({ folders: new Set([...choice.peek().folders, id]) });
            } finally {
              adding.value = false;
            }
          }}
        />
        {!onlyFolders && <Terms preview={preview} session={session} choice={choice.value} set={set} />}
        {act.failed.value && <TroubleNote error={act.failed.value} />}
      </div>
      <AnswerBar>
        <p class="ip">{say(onlyFolders ? 'ask.ip.short' : 'ask.ip')}</p>
        <div class="buttons end">
          <DenyButton deny={deny} label={say(onlyFolders ? 'ask.cancel' : 'ask.deny')} />
          <AllowButton
            label={say(onlyFolders ? 'ask.save' : 'ask.allow')}
            able={
              !act.busy.value &&
              !adding.value &&
              told.state === 'counted' &&
              (onlyFolders || isAllowable(choice.value, preview))
            }
            allow={() => void act.run(() => allow(grantOf(choice.peek(), { preview, wants, session }, Date.now())))}
          />
        </div>
      </AnswerBar>
    </>
  );
}

function AllowButton({ label, able, allow }: { label: string; able: boolean; allow: () => void }) {
  const armed = useArmed();
  return (
    <button type="button" class="primary" disabled={!able || !armed.value} onClick={allow}>
      {label}
    </button>
  );
}
