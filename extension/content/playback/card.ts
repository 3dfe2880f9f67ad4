/**
 * The last way: what stands in the element's place and says what the person can do. A tab of the extension plays what the page
 * cannot; where the browser would let this page play it if the person said so, it is asked after our own sentence, in a click.
 */

import type { Way } from '../../page/playing.ts';
import type { Background, CardTexts } from './background.ts';
import { standInFor } from './place.ts';
import type { Failed, Rung, Situation, Wanted } from './rung.ts';

export interface CardDeps {
  background: Pick<Background, 'openTab' | 'texts' | 'rule'>;
  direct: Rung;
  situation(): Promise<Situation>;
}

export function createCard({ background, direct, situation }: CardDeps): Rung {
  async function play(wanted: Wanted, signal: AbortSignal, failed: Failed): Promise<Way> {
    const texts = await background.texts();
    const { loopback } = await situation();
    signal.throwIfAborted();
    const shown = new AbortController();
    const gone = AbortSignal.any([signal, shown.signal]);
    const card = createView(texts);
    standInFor(wanted.element, card.host, gone);
    return new Promise<Way>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      card.button(texts.tab, async () => {
        await background.openTab(wanted.id).catch(() => card.say(texts.tabFailed));
        resolve('tab');
      });
      if (loopback !== 'prompt') return;
      card.say(texts.askWhat);
      const ask = card.button(texts.ask, async () => {
        try {
          await direct.play(wanted, signal, failed);
          shown.abort();
          resolve('direct');
        } catch {
          await background.rule((await situation()).loopback);
          ask.remove();
          card.say(texts.refused);
        }
      });
    });
  }

  return {
    way: 'tab',
    waitsForClick: true,
    fits: ({ element }) => element.isConnected && element instanceof HTMLVideoElement,
    play,
  };
}

interface View {
  host: HTMLElement;
  say(text: string): void;
  button(text: string, press: () => Promise<void>): HTMLButtonElement;
}

/** Styled by properties: a page's Content-Security-Policy lets no style sheet of ours in. The system's own colours. */
function createView(texts: CardTexts): View {
  const host = document.createElement('div');
  const box = document.createElement('div');
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', texts.label);
  Object.assign(box, { lang: texts.language, dir: texts.direction });
  Object.assign(box.style, {
    boxSizing: 'border-box',
    height: '100%',
    overflow: 'auto', // it is as large as the page made the film
    padding: '16px',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: '10px',
    font: '14px/1.45 system-ui, sans-serif',
    colorScheme: 'light dark',
    background: 'Canvas',
    color: 'CanvasText',
    border: '1px solid GrayText',
  });
  host.attachShadow({ mode: 'closed' }).append(box);

  function say(text: string): void {
    const sentence = document.createElement('p');
    sentence.textContent = text;
    sentence.style.margin = '0';
    sentence.setAttribute('role', 'status');
    box.append(sentence);
  }

  say(texts.what);
  return {
    host,
    say,
    button(text, press) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = text;
      button.style.font = 'inherit';
      button.addEventListener('click', event => {
        // A page's script is no person: it could not see the answer, but open tabs.
        if (event.isTrusted) void press();
      });
      box.append(button);
      return button;
    },
  };
}
