/** An origin in full, isolated from the text around it, its host the loudest part. */

import { originParts } from './origin.ts';
import { say } from './say.ts';

export function OriginName({ origin }: { origin: string }) {
  const { scheme, host, port } = originParts(origin);
  return (
    <bdi class="origin" dir="ltr">
      <span class="origin-quiet">{scheme}</span>
      <span class="origin-host">{host}</span>
      <span class="origin-quiet">{port}</span>
    </bdi>
  );
}

/** What a person should know before believing the name. */
export function OriginNotes({ origin }: { origin: string }) {
  const { plain, punycode } = originParts(origin);
  return (
    <>
      {punycode && <p class="note note-warn">{say('punycode.note')}</p>}
      {plain && <p class="note note-warn">{say('plain.warning')}</p>}
    </>
  );
}
