/**
 * Notifications: downloads that are done, folders that are missing, a disk that is nearly full. Each kind has one
 * notification, which counts on. What a site makes happen again and again is told ever more seldom until somebody looks.
 */

import type { Folder } from '../../shared/folder-methods.ts';
import { bytes } from '../ui/format.ts';
import { say } from '../ui/say.ts';
import type { NoticeChoice, NoticeKind } from '../ui-protocol.ts';
import type { Storage } from '../web-extension.ts';

const CHOICE = 'notices';
const TOLD = 'noticesTold';
export const ALL_ON: NoticeChoice = { done: true, folder: true, disk: true };

/** ms; what arrives together is told together */
const GATHER_MS = 2_000;
/** ms from one notification to the next of the same kind; it doubles while nobody looks */
const FIRST_GAP_MS = 60_000;
const LAST_GAP_MS = 3_600_000;

/** Where on the status page a click leads. */
const PLACES: Readonly<Record<NoticeKind, string>> = {
  done: '#files?in=download',
  folder: '#folders',
  disk: '',
};

export interface NoticesDeps {
  storage: Pick<Storage.StorageArea, 'get' | 'set'>;
  /** kept for as long as the browser runs */
  session: Pick<Storage.StorageArea, 'get' | 'set'>;
  /** shows one notification, in the place of an earlier one of that id */
  show(id: string, title: string, message: string): void;
  open(place: string): void;
  now(): number;
  later(run: () => void, ms: number): void;
}

export interface Notices {
  done(count: number): void;
  /** all folders that are missing now */
  missing(folders: readonly Pick<Folder, 'id' | 'path'>[]): Promise<void>;
  /** bytes free where downloads go, while they are too few; null while there is room */
  full(free: number | null): Promise<void>;
  /** what the person asked for did not work */
  failed(message: string): void;
  clicked(id: string): void;
  closed(id: string): void;
  choice(): Promise<NoticeChoice>;
  choose(choice: NoticeChoice): Promise<void>;
}

interface Told {
  folders: number[];
  disk: boolean;
}

export function createNotices(deps: NoticesDeps): Notices {
  let arrived = 0;
  let gap = FIRST_GAP_MS;
  let restUntil = 0;
  let isWaiting = false;
  let turn: Promise<void> = Promise.resolve();

  async function choice(): Promise<NoticeChoice> {
    return parseNotices((await deps.storage.get(CHOICE))[CHOICE]) ?? ALL_ON;
  }

  async function told(): Promise<Told> {
    const kept: unknown = (await deps.session.get(TOLD))[TOLD];
    return { folders: [], disk: false, ...(typeof kept === 'object' ? kept : null) };
  }

  /** One after the other, or two would tell the same. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    turn = turn.then(work, work);
    return turn;
  }

  async function tellDone(): Promise<void> {
    isWaiting = false;
    if (arrived === 0 || !(await choice()).done) return;
    deps.show('done', say('notice.done', { n: arrived }), say('notice.done.text'));
    restUntil = deps.now() + gap;
    gap = Math.min(gap * 2, LAST_GAP_MS);
  }

  function seen(id: string): void {
    if (id !== 'done') return;
    arrived = 0;
    gap = FIRST_GAP_MS;
  }

  return {
    choice,
    choose: chosen => deps.storage.set({ [CHOICE]: chosen }),
    done(count) {
      arrived += count;
      if (isWaiting) return;
      isWaiting = true;
      deps.later(() => void tellDone(), Math.max(GATHER_MS, restUntil - deps.now()));
    },
    missing: folders =>
      inTurn(async () => {
        const before = await told();
        const now = folders.map(({ id }) => id);
        const fresh = folders.filter(({ id }) => !before.folders.includes(id));
        if (fresh.length === 0 && now.length === before.folders.length) return;
        await deps.session.set({ [TOLD]: { ...before, folders: now } });
        const [first] = fresh;
        if (!first || !(await choice()).folder) return;
        const name = first.path.split(/[/\\]/).at(-1) || first.path;
        const text = fresh.length === 1 ? say('notice.folder.text', { name }) : say('notice.folder.more');
        deps.show('folder', say('notice.folder', { n: fresh.length }), text);
      }),
    full: free =>
      inTurn(async () => {
        const before = await told();
        if (before.disk === (free !== null)) return;
        await deps.session.set({ [TOLD]: { ...before, disk: free !== null } });
        if (free === null || !(await choice()).disk) return;
        deps.show('disk', say('notice.disk'), say('notice.disk.text', { free: bytes(free) }));
      }),
    failed: message => deps.show('failed', say('notice.failed'), message),
    clicked(id) {
      const place = Object.entries(PLACES).find(([kind]) => kind === id)?.[1];
      if (place !== undefined) deps.open(place);
      seen(id);
    },
    closed: seen,
  };
}

export function parseNotices(value: unknown): NoticeChoice | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { done, folder, disk } = { ...ALL_ON, ...value };
  return { done: done === true, folder: folder === true, disk: disk === true };
}
