/** What the status page leafs through: files, items, one item in full, rates over time. */

import {
  type BrowseMethods,
  type HistorySpan,
  ITEM_GROUPS,
  type ItemGroup,
  type ItemPage,
  type ItemQuery,
  type ItemRow,
  type RateHistory,
} from '../../shared/browse.ts';
import { LsdError } from '../../shared/errors.ts';
import type { Id } from '../../shared/id.ts';
import type { Sites, Torrents } from '../core/ports.ts';
import type { Catalogue, FileList } from '../core/stored.ts';
import type { Handlers } from './control.ts';

export interface BrowseDeps {
  catalogue: Pick<Catalogue, 'version' | 'pathsOf' | 'held'>;
  sites: Pick<Sites, 'everything' | 'itemForUser' | 'wantedBy'>;
  torrents: Pick<Torrents, 'inspect'>;
  files: Pick<FileList, 'list'>;
  history: { of(span: HistorySpan): RateHistory };
  /** shows the folder of a file in the system's file manager */
  reveal(path: string): Promise<void>;
}

export function browseHandlers(deps: BrowseDeps): Handlers<BrowseMethods> {
  const { catalogue, sites, torrents, files, history, reveal } = deps;
  const nameOf = createNames(catalogue);
  return {
    'file.list': query => files.list(query),
    'item.list': query =>
      pageOf(
        sites.everything().map(item => ({ ...item, name: nameOf(item.id) })),
        query,
      ),
    async 'item.detail'({ id }) {
      return {
        item: sites.itemForUser(id),
        extension: catalogue.held(id)?.extension ?? '',
        paths: catalogue.pathsOf(id).map(({ path }) => path),
        sites: sites.wantedBy(id),
        torrents: await torrents.inspect(id),
      };
    },
    async 'item.reveal'({ id }) {
      const [first] = catalogue.pathsOf(id);
      if (!first) throw new LsdError('not-found', `${id} is in no folder and no download.`);
      await reveal(first.path);
      return {};
    },
    'daemon.history': ({ span }) => history.of(span),
  };
}

/** Names of held files, looked up once until the catalogue changes. */
function createNames(catalogue: BrowseDeps['catalogue']): (id: Id) => string | null {
  let names = new Map<Id, string | null>();
  let version = -1;
  return id => {
    if (catalogue.version() !== version) names = new Map();
    version = catalogue.version();
    const known = names.get(id);
    if (known !== undefined) return known;
    const path = catalogue.pathsOf(id)[0]?.path;
    const name = path?.split(/[/\\]/).at(-1) ?? null;
    names.set(id, name);
    return name;
  };
}

const GROUPS: Readonly<Record<ItemRow['state'], ItemGroup>> = {
  metadata: 'moving',
  downloading: 'moving',
  verifying: 'moving',
  waiting: 'waiting',
  paused: 'waiting',
  unknown: 'waiting',
  available: 'seeding',
  seeding: 'seeding',
  error: 'failed',
};

/** Items that are the same in what they are sorted by keep the order of their ids. */
export function pageOf(items: ItemRow[], { search = '', group, sort, descending, offset, limit }: ItemQuery): ItemPage {
  const words = plain(search).split(/\s+/).filter(Boolean);
  const matches = (item: ItemRow) => {
    const text = plain([item.name ?? '', item.id, ...item.sites].join(' '));
    return words.every(word => text.includes(word));
  };
  const found = items.filter(
    item => (group === undefined || GROUPS[item.state] === group) && (words.length === 0 || matches(item)),
  );
  const way = descending ? -1 : 1;
  const order = ORDERS[sort];
  const sorted = found.sort((a, b) => way * order(a, b) || (a.id < b.id ? -1 : 1));
  const counts = Object.fromEntries(ITEM_GROUPS.map(each => [each, 0])) as Record<ItemGroup, number>;
  for (const { state } of items) counts[GROUPS[state]]++;
  return { rows: sorted.slice(offset, offset + limit), total: sorted.length, counts };
}

const collator = new Intl.Collator(undefined, { numeric: true });
const by = (value: (item: ItemRow) => number) => (a: ItemRow, b: ItemRow) => value(a) - value(b);
const label = ({ name, id }: ItemRow) => name ?? id;

const ORDERS: Readonly<Record<ItemQuery['sort'], (a: ItemRow, b: ItemRow) => number>> = {
  name: (a, b) => collator.compare(label(a), label(b)),
  state: by(({ state }) => ITEM_GROUPS.indexOf(GROUPS[state])),
  progress: by(({ progress }) => progress),
  size: by(({ size }) => size),
  down: by(({ rates }) => rates.down),
  up: by(({ rates }) => rates.up),
  peers: by(({ peers }) => peers),
  eta: by(({ eta }) => eta ?? Number.MAX_SAFE_INTEGER),
};

/** Without case and accents. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}
