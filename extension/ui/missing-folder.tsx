/** A shared folder that is not there: nothing happens to it until the person says that it is gone. */

import type { Folder } from '../../shared/folder-methods.ts';
import type { MissingBecause } from '../../shared/grants.ts';
import { useAct } from './act.ts';
import { say } from './say.ts';
import { TroubleNote } from './trouble.tsx';

export function MissingFolder({ folder, confirm }: { folder: Folder; confirm: () => Promise<unknown> }) {
  const act = useAct();
  return (
    <div class="note note-warn">
      <p>{say('popup.folder.missing', { path: folder.path })}</p>
      {folder.why && <p class="quiet">{whySentence(folder.why)}</p>}
      <button type="button" class="small" disabled={act.busy.value} onClick={() => void act.run(confirm)}>
        {say('popup.folder.confirm')}
      </button>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </div>
  );
}

function whySentence(why: MissingBecause): string {
  if (why.code === 'vanished') return say('missing.vanished', { n: why.vanished, known: why.known });
  if (why.code === 'unreadable') return say('missing.unreadable', { error: why.error });
  return say(`missing.${why.code}`);
}
