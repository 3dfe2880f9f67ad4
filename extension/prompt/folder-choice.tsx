/** Which folders to share: those that are known, with what is in them, and one more by its path. */

import type { Folder } from '../../shared/protocol.ts';
import { Facts } from '../ui/facts.tsx';
import { FolderAdd } from '../ui/folder-add.tsx';
import { folderFacts } from '../ui/folder-facts.ts';
import { bytes } from '../ui/format.ts';
import { say } from '../ui/sentences.ts';
import { sumOf } from './choice.ts';

interface FolderChoiceProps {
  folders: readonly Folder[];
  chosen: ReadonlySet<number>;
  choose: (folders: ReadonlySet<number>) => void;
  add: (path: string) => Promise<unknown>;
}

export function FolderChoice({ folders, chosen, choose, add }: FolderChoiceProps) {
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
        <FolderAdd add={add} />
      </details>
      <p class="sum" aria-live="polite">
        {sumSentence(folders, chosen)}
      </p>
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

function sumSentence(folders: readonly Folder[], chosen: ReadonlySet<number>): string {
  const sum = sumOf(folders, chosen);
  if (sum.folders === 0) return say('ask.folders.pickedNone');
  return say('ask.folders.picked', { n: sum.folders, files: say('files', { n: sum.files }), size: bytes(sum.bytes) });
}
