/** A field that takes a folder by its path, and a tree that fills it: an extension cannot open the system's folder chooser for a path. */

import { useSignal } from '@preact/signals';
import { useAct } from './act.ts';
import type { Browse } from './folder-branches.ts';
import { FolderTree } from './folder-tree.tsx';
import { say } from './say.ts';
import { TroubleNote } from './trouble.tsx';

export function FolderAdd({ add, browse }: { add: (path: string) => Promise<unknown>; browse: Browse }) {
  const path = useSignal('');
  const looking = useSignal(false);
  const act = useAct();
  function submit(event: Event) {
    event.preventDefault();
    const wanted = path.value.trim();
    if (!wanted) return;
    void act.run(async () => {
      await add(wanted);
      path.value = '';
      looking.value = false;
    });
  }
  return (
    <form class="folder-add" onSubmit={submit}>
      <label for="folder-path">{say('ask.folder.path')}</label>
      <div class="row">
        <input
          id="folder-path"
          type="text"
          dir="auto"
          spellcheck={false}
          autocomplete="off"
          placeholder={say('ask.folder.placeholder')}
          value={path.value}
          onInput={event => {
            path.value = event.currentTarget.value;
          }}
        />
        <button
          type="button"
          aria-expanded={looking.value}
          aria-controls="folder-tree"
          onClick={() => {
            looking.value = !looking.value;
          }}
        >
          {say(looking.value ? 'browse.close' : 'browse.open')}
        </button>
        <button type="submit" disabled={act.busy.value || path.value.trim() === ''}>
          {say('ask.folder.do')}
        </button>
      </div>
      <div id="folder-tree">
        {looking.value && (
          <FolderTree
            browse={browse}
            chosen={path.value}
            choose={chosen => {
              path.value = chosen;
            }}
          />
        )}
      </div>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </form>
  );
}
