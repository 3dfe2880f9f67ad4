/** The menu on media and links that lead to `/get`: a link for players, and the file's folder. */

import { LsdError } from '../../shared/errors.ts';
import { type Id, parseId } from '../../shared/id.ts';
import { say } from '../ui/say.ts';
import { errorSentence } from '../ui/sentences.ts';
import type { Menus as MenusApi } from '../web-extension.ts';
import type { Link } from './link.ts';

/** A match pattern without a port stands for every port. */
const TARGETS = ['http://127.0.0.1/get/*', 'http://localhost/get/*'];
const SITES = ['https://*/*', 'http://*/*'];
const GET = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\/get\/([0-9a-f]{40})\b/i;

type Entry = 'copy' | 'reveal';

export interface MenusDeps {
  menus: Pick<MenusApi.Static, 'create' | 'removeAll'>;
  link: Pick<Link, 'call'>;
  /** puts text on the clipboard, by the page that was clicked in */
  copy(text: string, tab: number, frame: number): Promise<void>;
  failed(message: string): void;
}

export interface Menus {
  /** once, when this version came */
  install(): Promise<void>;
  clicked(info: Clicked, tab: { id?: number | undefined } | undefined): Promise<void>;
}

type Clicked = Pick<MenusApi.OnClickData, 'menuItemId' | 'srcUrl' | 'linkUrl' | 'frameId'>;

export function createMenus({ menus, link, copy, failed }: MenusDeps): Menus {
  async function act(entry: Entry, id: Id, tab: number, frame: number): Promise<void> {
    if (entry === 'reveal') await link.call('item.reveal', { id });
    else await copy((await link.call('item.url', { id })).url, tab, frame);
  }

  return {
    async install() {
      await menus.removeAll();
      for (const entry of ['copy', 'reveal'] as const) {
        menus.create({
          id: entry,
          title: say(`menu.${entry}`),
          contexts: ['video', 'audio', 'image', 'link'],
          targetUrlPatterns: TARGETS,
          documentUrlPatterns: SITES,
        });
      }
    },
    async clicked({ menuItemId, srcUrl, linkUrl, frameId = 0 }, tab) {
      const id = idIn(srcUrl) ?? idIn(linkUrl);
      const entry = (['copy', 'reveal'] as const).find(each => each === menuItemId);
      if (!id || !entry || tab?.id === undefined) return;
      await act(entry, id, tab.id, frameId).catch(thrown => failed(errorSentence(LsdError.from(thrown))));
    },
  };
}

export function idIn(url: string | undefined): Id | undefined {
  return parseId(GET.exec(url ?? '')?.[1]);
}

/**
 * Runs in the page, in the extension's own world: it closes over nothing. Plain-http pages have no clipboard of the new
 * kind; what they hear of the old kind is stopped before it reaches them.
 */
export async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const fill = (event: ClipboardEvent) => {
    event.stopImmediatePropagation();
    event.preventDefault();
    event.clipboardData?.setData('text/plain', text);
  };
  window.addEventListener('copy', fill, { capture: true, once: true });
  document.execCommand('copy');
  window.removeEventListener('copy', fill, { capture: true });
}
