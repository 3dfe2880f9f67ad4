/** A field that takes a folder by its path: an extension cannot open the system's folder chooser for a path. */

import { useSignal } from '@preact/signals';
import { useAct } from './act.ts';
import { say } from './sentences.ts';
import { TroubleNote } from './trouble.tsx';

export function FolderAdd({ add }: { add: (path: string) => Promise<unknown> }) {
  const path = useSignal('');
  const act = useAct();
  function submit(event: Event) {
    event.preventDefault();
    const wanted = path.value.trim();
    if (!wanted) return;
    void act.run(async () => {
      await add(wanted);
      path.value = '';
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
        <button type="submit" disabled={act.busy.value || path.value.trim() === ''}>
          {say('ask.folder.do')}
        </button>
      </div>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </form>
  );
}
