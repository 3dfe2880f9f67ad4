/** The grant window: one question of one site, answered once. Closing it is a no; the background sees to that. */

import { type ComponentChildren, render } from 'preact';
import type { SessionCookie } from '../../shared/cookies.ts';
import { LsdError } from '../../shared/errors.ts';
import type { GrantPreview } from '../../shared/site-methods.ts';
import { readSession } from '../session-cookies.ts';
import { connectUi, type Ui } from '../ui/connection.ts';
import { dress } from '../ui/dress.ts';
import { Guard } from '../ui/guard.tsx';
import { createLive, type Live } from '../ui/live.ts';
import { say } from '../ui/say.ts';
import { LinkDown, PageTrouble, TroubleNote } from '../ui/trouble.tsx';
import type { HostState, Question } from '../ui-protocol.ts';
import { browser } from '../web-extension.ts';
import { Ask } from './ask.tsx';
import { Asker } from './asker.tsx';
import { DenyOnly, Gone } from './closing.tsx';

type PromptView =
  | { state: 'gone' }
  | { state: 'down'; question: Question; link: HostState }
  | { state: 'refused'; question: Question; error: LsdError }
  | { state: 'open'; question: Question; preview: GrantPreview; session: SessionCookie[] };

async function loadPrompt(ui: Ui, key: string): Promise<PromptView> {
  const [question, link] = await Promise.all([ui.call('question', { key }), ui.call('link', {})]);
  if (!question) return { state: 'gone' };
  if (link.state !== 'connected') return { state: 'down', question, link: link.state };
  const { origin, url } = question;
  try {
    const preview = await ui.daemon('site.preview', { origin, ...(url !== undefined && { url }) });
    // Without the right to look there is none to offer.
    const session = await readSession(browser.cookies, preview.url).catch(() => []);
    return { state: 'open', question, preview, session };
  } catch (thrown) {
    return { state: 'refused', question, error: LsdError.from(thrown) };
  }
}

async function answer(ui: Ui, key: string, allow: boolean): Promise<void> {
  await ui.call('answer', { key, allow });
  window.close();
}

/** Who asks stays on the screen where the question cannot be put. */
function Stuck({ question, children }: { question: Question; children: ComponentChildren }) {
  return (
    <>
      <Asker origin={question.origin} wants={question.wants} />
      {children}
    </>
  );
}

function Prompt({ ui, live, questionKey }: { ui: Ui; live: Live<PromptView>; questionKey: string }) {
  const loaded = live.view.value;
  const deny = () => answer(ui, questionKey, false);
  if (loaded.state === 'loading') return <DenyOnly deny={deny} body={<p class="quiet">{say('loading')}</p>} />;
  if (loaded.state === 'failed') {
    return <DenyOnly deny={deny} body={<PageTrouble error={loaded.error} retry={live.refresh} />} />;
  }
  const view = loaded.value;
  if (view.state === 'gone') return <Gone />;
  if (view.state === 'down') {
    const reconnect = () => ui.call('reconnect', {}).then(live.refresh);
    return (
      <DenyOnly
        deny={deny}
        body={
          <Stuck question={view.question}>
            <LinkDown level={2} state={view.link} reconnect={reconnect} />
          </Stuck>
        }
      />
    );
  }
  if (view.state === 'refused') {
    return (
      <DenyOnly
        deny={deny}
        body={
          <Stuck question={view.question}>
            <TroubleNote error={view.error} />
          </Stuck>
        }
      />
    );
  }
  const { question, preview, session } = view;
  return (
    <Ask
      key={preview.url}
      question={question}
      preview={preview}
      session={session}
      deny={deny}
      allow={async grant => {
        await ui.daemon('site.grant', grant);
        await answer(ui, questionKey, true);
      }}
      browse={request => ui.daemon('folder.browse', request)}
      outline={folders => ui.daemon('folder.outline', { folders })}
      addFolder={async path => {
        const folder = await ui.daemon('folder.add', { path });
        await live.refresh();
        return folder.id;
      }}
    />
  );
}

dress(say('ask.page'));
const ui = connectUi();
const questionKey = new URLSearchParams(location.search).get('key') ?? '';
const live = createLive(ui, () => loadPrompt(ui, questionKey));
const root = document.getElementById('root');
if (root) {
  render(
    <Guard refresh={live.refresh}>
      <Prompt ui={ui} live={live} questionKey={questionKey} />
    </Guard>,
    root,
  );
}
