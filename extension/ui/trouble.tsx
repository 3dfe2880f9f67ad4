/** What went wrong, with its code, what to do, and the command that mends it. */

import type { LsdError } from '../../shared/errors.ts';
import type { HostState } from '../ui-protocol.ts';
import { useAct } from './act.ts';
import { lookForUpdate } from './browser.ts';
import { Command } from './command.tsx';
import { say } from './say.ts';
import { linkButton, linkSentence, troubleOf } from './sentences.ts';

export function TroubleNote({ error }: { error: LsdError }) {
  const { code, what, mend, command, detail } = troubleOf(error);
  return (
    <div class="note note-bad" role="alert">
      <p>
        {what} <Code code={code} />
      </p>
      {detail && (
        <p class="quiet">
          <bdi lang="en" dir="ltr">
            {detail}
          </bdi>
        </p>
      )}
      {mend && <p>{mend}</p>}
      {command && <Command text={command} />}
    </div>
  );
}

/** The page itself could not be filled. */
export function PageTrouble({ error, retry }: { error: LsdError; retry: () => Promise<unknown> }) {
  return (
    <section class="state trouble" data-tone="bad">
      <h1>
        <span class="dot" aria-hidden="true" />
        {say('failed')}
      </h1>
      <TroubleNote error={error} />
      <button type="button" onClick={() => void retry()}>
        {say('retry')}
      </button>
    </section>
  );
}

export function Code({ code }: { code: string }) {
  return <code class="code">{code}</code>;
}

interface LinkDownProps {
  state: HostState;
  /** of its heading; 1 where it heads the page */
  level?: 1 | 2;
  reconnect: () => Promise<unknown>;
}

/** There is no program to talk to: why, the command that mends it, and a button that tries again. */
export function LinkDown({ state, level = 1, reconnect }: LinkDownProps) {
  const act = useAct();
  const { code, word, cause, command } = linkSentence(state);
  const mend = () => (state === 'extension-too-old' ? lookForUpdate().then(reconnect) : reconnect());
  const Heading = `h${level}` as const;
  return (
    <section class="state" data-tone="bad" aria-labelledby="state-word">
      <Heading id="state-word">
        <span class="dot" aria-hidden="true" />
        {word}
      </Heading>
      <p>{cause}</p>
      {command && <Command text={command} />}
      <p class="row">
        <button type="button" class="primary" disabled={act.busy.value} onClick={() => void act.run(mend)}>
          {linkButton(state)}
        </button>
        <Code code={code} />
      </p>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </section>
  );
}
