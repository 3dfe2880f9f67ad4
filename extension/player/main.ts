/**
 * The player in a site's page. It shows what a ticket stands for, which the extension's own content script of that page alone
 * can give it; framed by anybody else it shows nothing.
 */

import { addTracks } from '../subtitles.ts';
import type { FrameNews, FrameOrder, Opening } from './frame-protocol.ts';
import { createMedia, obey, stateOf, whyNot } from './media.ts';
import { redeem } from './redeem.ts';

addEventListener('message', open);

function open(event: MessageEvent<unknown>): void {
  const [port] = event.ports;
  const opening = parseOpening(event.data);
  if (event.source !== parent || !port || !opening) return;
  removeEventListener('message', open);
  port.postMessage({ here: true } satisfies FrameNews);
  void play(opening, port);
}

async function play(opening: Opening, port: MessagePort): Promise<void> {
  const tell = (news: FrameNews) => port.postMessage(news);
  try {
    const { url, subtitles } = await redeem(opening.ticket);
    const media = createMedia(opening, url, type => tell({ type, state: stateOf(media) }));
    media.addEventListener('error', () => void explain(url, media).then(tell));
    port.onmessage = ({ data }: MessageEvent<FrameOrder>) => obey(media, data);
    document.body.append(media);
    addTracks(media, await subtitles, new AbortController().signal);
  } catch (thrown) {
    tell({ refused: 'ticket', message: String(thrown) });
  }
}

async function explain(url: string, media: HTMLMediaElement): Promise<FrameNews> {
  return { refused: await whyNot(url), message: media.error?.message ?? '' };
}

/** Whatever the page around this frame may have sent. */
function parseOpening(message: unknown): Opening | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('ticket' in message) || typeof message.ticket !== 'string') return undefined;
  const wanted = Object.fromEntries(Object.entries(message));
  const text = (name: string) => (typeof wanted[name] === 'string' ? wanted[name] : '');
  const number = (name: string, otherwise: number) =>
    Number.isFinite(wanted[name]) ? Number(wanted[name]) : otherwise;
  return {
    ticket: message.ticket,
    kind: wanted.kind === 'audio' ? 'audio' : 'video',
    controls: wanted.controls === true,
    autoplay: wanted.autoplay === true,
    muted: wanted.muted === true,
    loop: wanted.loop === true,
    poster: text('poster'),
    volume: number('volume', 1),
    currentTime: number('currentTime', 0),
    playbackRate: number('playbackRate', 1),
  };
}
