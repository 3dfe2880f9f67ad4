/** The folders of this machine as far as they were opened, and the rows in which a tree shows them. */

import { type ReadonlySignal, signal } from '@preact/signals';
import { LsdError } from '../../shared/errors.ts';
import type { FolderListing, ListedFolder, Place } from '../../shared/grants.ts';

export type Browse = (request: { path?: string; hidden?: boolean; after?: string }) => Promise<FolderListing>;

/** An open folder: what is in it, as far as it was listed. */
type Branch =
  | { state: 'loading'; folders: ListedFolder[] }
  | { state: 'listed'; folders: ListedFolder[]; total: number; next: string | null }
  | { state: 'failed'; folders: ListedFolder[]; error: LsdError };

export type Row =
  | { kind: 'folder'; folder: ListedFolder; level: number; place: number; of: number; open: boolean }
  /** `left`: folders that were not listed yet */
  | { kind: 'more'; path: string; level: number; left: number }
  | { kind: 'note'; path: string; level: number; note: 'loading' | 'empty' | LsdError };

export interface Branches {
  rows: ReadonlySignal<Row[]>;
  /** the folder whose contents are the top of the tree */
  top: ReadonlySignal<string>;
  places: ReadonlySignal<Place[]>;
  hidden: ReadonlySignal<boolean>;
  /** shows the folders in this one; without a path those of the home directory */
  go(path?: string): Promise<void>;
  open(path: string): Promise<void>;
  close(path: string): void;
  /** the next page of a folder with very many */
  more(path: string): Promise<void>;
  showHidden(hidden: boolean): Promise<void>;
}

export function createBranches(browse: Browse): Branches {
  const branches = new Map<string, Branch>();
  const rows = signal<Row[]>([]);
  const top = signal('');
  const places = signal<Place[]>([]);
  const hidden = signal(false);

  function draw(): void {
    rows.value = rowsOf(branches, top.peek(), 1);
  }

  async function go(path?: string): Promise<void> {
    const listing = await browse({ ...(path !== undefined && { path }), hidden: hidden.peek() });
    branches.clear();
    top.value = listing.path;
    places.value = listing.places;
    take(listing, []);
    draw();
  }

  function take({ path, folders, total, next }: FolderListing, before: ListedFolder[]): void {
    branches.set(path, { state: 'listed', folders: [...before, ...folders], total, next });
  }

  async function load(path: string, before: ListedFolder[], after: string | null): Promise<void> {
    branches.set(path, { state: 'loading', folders: before });
    draw();
    try {
      const listing = await browse({ path, hidden: hidden.peek(), ...(after !== null && { after }) });
      // It may have been closed, or all of it left, while the program looked.
      if (branches.has(path)) take({ ...listing, path }, before);
    } catch (thrown) {
      if (branches.has(path)) branches.set(path, { state: 'failed', folders: before, error: LsdError.from(thrown) });
    }
    draw();
  }

  return {
    rows,
    top,
    places,
    hidden,
    go,
    async open(path) {
      if (!branches.has(path)) await load(path, [], null);
    },
    close(path) {
      branches.delete(path);
      draw();
    },
    async more(path) {
      const branch = branches.get(path);
      if (branch?.state === 'listed' && branch.next !== null) await load(path, branch.folders, branch.next);
    },
    async showHidden(on) {
      hidden.value = on;
      await go(top.peek());
    },
  };
}

function rowsOf(branches: ReadonlyMap<string, Branch>, path: string, level: number): Row[] {
  const branch = branches.get(path);
  if (!branch) return [];
  const of = branch.state === 'listed' ? branch.total : branch.folders.length;
  const rows = branch.folders.flatMap((folder, at): Row[] => {
    const open = branches.has(folder.path);
    const row: Row = { kind: 'folder', folder, level, place: at + 1, of, open };
    return [row, ...(open ? rowsOf(branches, folder.path, level + 1) : [])];
  });
  if (branch.state === 'loading') rows.push({ kind: 'note', path, level, note: 'loading' });
  else if (branch.state === 'failed') rows.push({ kind: 'note', path, level, note: branch.error });
  else if (branch.total === 0) rows.push({ kind: 'note', path, level, note: 'empty' });
  else if (branch.next !== null) rows.push({ kind: 'more', path, level, left: branch.total - branch.folders.length });
  return rows;
}
