/** What the site would be told of the chosen folders: how many files of which kind. Nothing is allowed before this was seen. */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { LsdError } from '../../shared/errors.ts';
import type { Folder } from '../../shared/folder-methods.ts';
import type { Kind, Outline } from '../../shared/grants.ts';
import { bytes } from '../ui/format.ts';
import { say } from '../ui/say.ts';
import { TroubleNote } from '../ui/trouble.tsx';

export type Told =
  | { state: 'counting' }
  | { state: 'counted'; outline: Outline }
  | { state: 'failed'; error: LsdError };

/** Counts anew when other folders are chosen, and when what is in them has changed. */
export function useTold(
  folders: readonly Folder[],
  chosen: ReadonlySet<number>,
  outline: (folders: number[]) => Promise<Outline>,
): Told {
  const ids = [...chosen].sort((a, b) => a - b);
  const key = JSON.stringify([ids, folders.filter(({ id }) => chosen.has(id)).map(({ files, size }) => [files, size])]);
  const told = useSignal<{ of: string; told: Told }>({ of: '', told: { state: 'counting' } });
  useEffect(() => {
    let isLatest = true;
    const settle = (result: Told) => {
      if (isLatest) told.value = { of: JSON.stringify(ids), told: result };
    };
    outline(ids).then(
      counted => settle({ state: 'counted', outline: counted }),
      thrown => settle({ state: 'failed', error: LsdError.from(thrown) }),
    );
    return () => {
      isLatest = false;
    };
  }, [key]);
  // What was counted of other folders says nothing of these.
  return told.value.of === JSON.stringify(ids) ? told.value.told : { state: 'counting' };
}

const KINDS: readonly Kind[] = ['video', 'audio', 'image', 'text', 'other'];

export function ToldNote({ told }: { told: Told }) {
  if (told.state === 'failed') return <TroubleNote error={told.error} />;
  if (told.state === 'counting') return <p class="sum quiet">{say('told.loading')}</p>;
  const { files, bytes: size, kinds, scanning } = told.outline;
  return (
    <div class="sum" aria-live="polite">
      <p>{files === 0 ? say('told.nothing') : say('told.sum', { n: files, size: bytes(size) })}</p>
      {files > 0 && (
        <ul class="told">
          {KINDS.map(kind => (
            <ToldKind key={kind} kind={kind} count={kinds[kind]} />
          ))}
        </ul>
      )}
      {scanning && <p class="quiet">{say('told.scanning')}</p>}
    </div>
  );
}

function ToldKind({ kind, count }: { kind: Kind; count: Outline['kinds'][Kind] }) {
  if (!count) return null;
  const counted = say(`compare.${kind}`, { n: count.files });
  return <li>{say('told.kind', { count: counted, size: bytes(count.bytes) })}</li>;
}
