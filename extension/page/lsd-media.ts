/** `<lsd-media data-id="…">`: a media element that plays a file by the best way there is. */

import { MEDIA_EVENTS } from './playing.ts';
import { dispatchOn, Plain } from './primordials.ts';

const PASSED = ['controls', 'autoplay', 'muted', 'loop', 'poster', 'preload'] as const;
const STYLE = ':host { display: inline-block } video, audio { display: block; width: 100%; height: 100% }';

type Play = (element: HTMLMediaElement, id: string, start: boolean) => Promise<unknown>;

/** The page's own element of that name, where it has one first, stays. */
export function defineLsdMedia(play: Play): void {
  customElements.define(
    'lsd-media',
    class extends HTMLElement {
      static readonly observedAttributes = ['data-id', ...PASSED];
      #media: HTMLMediaElement | undefined;

      /** The element that plays: the page may call and set what it would on any other. */
      get media(): HTMLMediaElement | undefined {
        return this.#media;
      }

      connectedCallback(): void {
        this.#media ??= this.#build();
        this.#play();
      }

      attributeChangedCallback(name: string, before: string | null, now: string | null): void {
        if (!this.#media || before === now) return;
        if (name === 'data-id') this.#play();
        else pass(this, this.#media, name);
      }

      #build(): HTMLMediaElement {
        const media = document.createElement(this.dataset.kind === 'audio' ? 'audio' : 'video');
        for (const name of PASSED) pass(this, media, name);
        for (const type of MEDIA_EVENTS) media.addEventListener(type, () => dispatchOn(this, new Plain(type)));
        const shadow = this.attachShadow({ mode: 'open' });
        // A sheet that is made, not parsed: the page's Content-Security-Policy lets it be.
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        shadow.adoptedStyleSheets = [sheet];
        shadow.append(media);
        return media;
      }

      #play(): void {
        const { id } = this.dataset;
        // What went wrong is told by `lsd#playback`, which bubbles from the element in here.
        if (this.#media && id) play(this.#media, id, this.hasAttribute('autoplay')).catch(() => {});
      }
    },
  );
}

function pass(from: Element, to: HTMLMediaElement, name: string): void {
  const value = from.getAttribute(name);
  if (value === null) to.removeAttribute(name);
  else to.setAttribute(name, value);
  if (name === 'muted') to.muted = value !== null;
}
