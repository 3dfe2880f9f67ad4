/** Which folders to share: those that are known, with what is in them, and one more by its path. */

import type { Folder } from '../../shared/folder-methods.ts';
import { Facts } from '../ui/facts.tsx';
import { FolderAdd } from '../ui/folder-add.tsx';
import type { Browse } from '../ui/folder-branches.ts';
import { folderFacts } from '../ui/folder-facts.ts';
import { say } from '../ui/say.ts';
import { type Told, ToldNote } from './told.tsx';

interface FolderChoiceProps {
  folders: readonly Folder[];
  chosen: ReadonlySet<number>;
  choose: (folders: ReadonlySet<number>) => void;
  add: (path: string) => Promise<unknown>;
  browse: Browse;
  told: Told;
}

export function FolderChoice({ folders, chosen, choose, add, browse, told }: FolderChoiceProps) {
  const toggle = (id: number, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    choose(next);
  };
  return (
    <fieldset class="card">
      <legend>{say('ask.folders')}</legend>
      <p class="quiet">{say('ask.folders.hint')}</p>
      {folders.length === 0 && <p>{say('ask.folders.none')}</p>}
      {folders.map(folder => (
        <FolderTick key={folder.id} folder={folder} on={chosen.has(folder.id)} toggle={on => toggle(folder.id, on)} />
      ))}
      <details class="more" open={folders.length === 0}>
        <summary>{say('ask.folder.add')}</summary>
        <FolderAdd add={add} browse={browse} />
      </details>
      <ToldNote told={told} />
    </fieldset>
  );
}

function FolderTick({ folder, on, toggle }: { folder: Folder; on: boolean; toggle: (on: boolean) => void }) {
  return (
    <label class="tick">
      <input type="checkbox" checked={on} onChange={event => toggle(event.currentTarget.checked)} />
      <span>
        <bdi class="path">{folder.path}</bdi>
        <Facts facts={folderFacts(folder)} />
      </span>
    </label>
  );
}
