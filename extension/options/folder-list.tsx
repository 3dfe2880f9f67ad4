/** The folders that the program reads: what is in them, who sees them, a new one, and the way out. */

import { useSignal } from '@preact/signals';
import type { Folder } from '../../shared/folder-methods.ts';
import { useAct } from '../ui/act.ts';
import { Facts } from '../ui/facts.tsx';
import { FolderAdd } from '../ui/folder-add.tsx';
import { folderFacts } from '../ui/folder-facts.ts';
import { MissingFolder } from '../ui/missing-folder.tsx';
import type { PageProps } from '../ui/page-props.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';

export function FolderList({ ui, refresh, folders }: PageProps & { folders: readonly Folder[] }) {
  return (
    <section class="card" aria-labelledby="folders">
      <h2 id="folders">{say('options.folders')}</h2>
      {folders.length === 0 && <p class="quiet">{say('options.folders.none')}</p>}
      <ul class="list">
        {folders.map(folder => (
          <li key={folder.id}>
            <FolderRow folder={folder} remove={() => ui.daemon('folder.remove', { path: folder.path }).then(refresh)} />
            {folder.state === 'missing' && (
              <MissingFolder
                folder={folder}
                confirm={() => ui.daemon('folder.confirm', { path: folder.path }).then(refresh)}
              />
            )}
          </li>
        ))}
      </ul>
      <FolderAdd
        browse={request => ui.daemon('folder.browse', request)}
        add={path => ui.daemon('folder.add', { path }).then(refresh)}
      />
    </section>
  );
}

function FolderRow({ folder, remove }: { folder: Folder; remove: () => Promise<unknown> }) {
  const asking = useSignal(false);
  const act = useAct();
  const ask = (on: boolean) => {
    asking.value = on;
  };
  return (
    <>
      <div class="row">
        <bdi class="path">{folder.path}</bdi>
        {!asking.value && (
          <button
            type="button"
            class="small"
            aria-label={say('options.folder.remove.of', { path: folder.path })}
            onClick={() => ask(true)}
          >
            {say('options.folder.remove')}
          </button>
        )}
      </div>
      <Facts facts={[...folderFacts(folder), sharedWith(folder)]} />
      {asking.value && (
        <div class="confirm">
          <p>{say('options.folder.remove.ask', { path: folder.path })}</p>
          <div class="buttons">
            <button type="button" class="small" onClick={() => ask(false)}>
              {say('keep')}
            </button>
            <button type="button" class="small danger" disabled={act.busy.value} onClick={() => void act.run(remove)}>
              {say('options.folder.remove.do')}
            </button>
          </div>
          {act.failed.value && <TroubleNote error={act.failed.value} />}
        </div>
      )}
    </>
  );
}

function sharedWith(folder: Folder): string {
  if (folder.everyone) return say('options.folder.everyone');
  if (folder.sites.length === 0) return say('options.folder.private');
  return say('options.folder.sites', { n: folder.sites.length });
}
