/** The grant window: one question of one site, answered once. Closing it is a no; the background sees to that. */

import { render } from 'preact';
import type { GrantPreview, LinkState } from '../../shared/protocol.ts';
import { connectUi, type Ui } from '../ui/connection.ts';
import { createLive, type Live } from '../ui/live.ts';
import { say } from '../ui/sentences.ts';
import { LinkDown, TroubleNote } from '../ui/trouble.tsx';
import type { Question } from '../ui-protocol.ts';
import { Ask } from './ask.tsx';
import { DenyOnly, Gone } from './closing.tsx';

type PromptView =
  | { state: 'gone' }
  | { state: 'down'; link: LinkState }
  | { state: 'open'; question: Question; preview: GrantPreview };

async function loadPrompt(ui: Ui, key: string): Promise<PromptView> {
  const [question, link] = await Promise.all([ui.call('question', { key }), ui.call('link', {})]);
  if (!question) return { state: 'gone' };
  if (link.state !== 'connected') return { state: 'down', link: link.state };
  const { origin, url } = question;
  const preview = await ui.daemon('site.preview', { origin, ...(url !== undefined && { url }) });
  return { state: 'open', question, preview };
}

async function answer(ui: Ui, key: string, allow: boolean): Promise<void> {
  await ui.call('answer', { key, allow });
  window.close();
}

function Prompt({ ui, live, questionKey }: { ui: Ui; live: Live<PromptView>; questionKey: string }) {
  const loaded = live.view.value;
  const deny = () => answer(ui, questionKey, false);
  if (loaded.state === 'loading') return <DenyOnly deny={deny} body={<p class="quiet">{say('loading')}</p>} />;
  if (loaded.state === 'failed') return <DenyOnly deny={deny} body={<TroubleNote error={loaded.error} />} />;
  const view = loaded.value;
  if (view.state === 'gone') return <Gone />;
  if (view.state === 'down') {
    const reconnect = () => ui.call('reconnect', {}).then(live.refresh);
    return <DenyOnly deny={deny} body={<LinkDown state={view.link} reconnect={reconnect} />} />;
  }
  const { question, preview } = view;
  return (
    <Ask
      key={preview.url}
      question={question}
      preview={preview}
      deny={deny}
      allow={async grant => {
        await ui.daemon('site.grant', grant);
        await answer(ui, questionKey, true);
      }}
      addFolder={async path => {
        const folder = await ui.daemon('folder.add', { path });
        await live.refresh();
        return folder.id;
      }}
    />
  );
}

const ui = connectUi();
const questionKey = new URLSearchParams(location.search).get('key') ?? '';
const live = createLive(ui, () => loadPrompt(ui, questionKey));
const root = document.getElementById('root');
if (root) render(<Prompt ui={ui} live={live} questionKey={questionKey} />, root);
