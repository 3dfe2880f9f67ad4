/** Who asks, in full, and what for. */

import { OriginName, OriginNotes } from '../ui/origin-name.tsx';
import { say } from '../ui/say.ts';
import type { Question } from '../ui-protocol.ts';

interface AskerProps {
  origin: string;
  wants: Question['wants'];
  /** the API URL that will be used */
  url?: string;
}

export function Asker({ origin, wants, url }: AskerProps) {
  const onlyFolders = wants === 'setFolder';
  return (
    <header class="asker">
      <p class="eyebrow">{say(onlyFolders ? 'ask.title.setFolder' : 'ask.title')}</p>
      <h1>
        <OriginName origin={origin} />
      </h1>
      <p class="lead">{say(`ask.${wants}`)}</p>
      {url !== undefined && !onlyFolders && (
        <p class="quiet">
          {say('ask.api')}{' '}
          <bdi dir="ltr" class="url">
            {url}
          </bdi>
        </p>
      )}
      <OriginNotes origin={origin} />
    </header>
  );
}
