/** What comes in and what goes out, file by file: how far, how fast, how long, and why it waits. */

import type { NamedItem } from '../../shared/daemon-methods.ts';
import type { Item } from '../../shared/item.ts';
import { Facts } from '../ui/facts.tsx';
import { bytes, duration, percent, rate } from '../ui/format.ts';
import { ItemName } from '../ui/item-name.tsx';
import { say } from '../ui/say.ts';
import { itemWord, reasonSentence } from '../ui/sentences.ts';

export function Downloads({ items }: { items: readonly NamedItem[] }) {
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="downloads">
      <h2 id="downloads">{say('popup.downloads')}</h2>
      <ul class="list">
        {items.map(item => (
          <li key={item.id}>
            <div class="row">
              <ItemName id={item.id} name={item.name ?? null} />
              <span class="quiet">{itemWord(item.state)}</span>
            </div>
            {hasProgress(item) && (
              <progress aria-label={`${itemWord(item.state)} ${item.id}`} max={1} value={item.progress} />
            )}
            <Facts facts={downloadFacts(item)} />
            {item.reason && <p class={item.state === 'error' ? 'bad' : 'quiet'}>{reasonSentence(item.reason)}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Seeding({ items, more }: { items: readonly NamedItem[]; more: number }) {
  if (items.length === 0 && more === 0) return null;
  return (
    <section aria-labelledby="seeding">
      <h2 id="seeding">{say('popup.seeding')}</h2>
      <ul class="list">
        {items.map(item => (
          <li key={item.id}>
            <ItemName id={item.id} name={item.name ?? null} />
            <Facts facts={seedFacts(item)} />
          </li>
        ))}
      </ul>
      {more > 0 && <p class="quiet">{say('popup.more', { n: more })}</p>}
    </section>
  );
}

function hasProgress(item: Item): boolean {
  return item.size > 0 && (item.state === 'downloading' || item.state === 'verifying' || item.progress > 0);
}

function downloadFacts(item: Item): string[] {
  return [
    ...(item.size > 0
      ? [say('popup.of', { share: percent(item.progress), done: bytes(item.downloaded), total: bytes(item.size) })]
      : []),
    ...(item.rates.down > 0 ? [rate(item.rates.down)] : []),
    ...(item.eta === undefined ? [] : [say('popup.left', { time: duration(item.eta) })]),
    ...peerFacts(item),
  ];
}

function seedFacts(item: Item): string[] {
  return [
    ...(item.size > 0 ? [bytes(item.size)] : []),
    say('popup.sent', { size: bytes(item.uploaded) }),
    ...(item.rates.up > 0 ? [rate(item.rates.up)] : []),
    ...peerFacts(item),
  ];
}

function peerFacts(item: Item): string[] {
  return item.peers > 0 ? [say('peers', { n: item.peers })] : [];
}
