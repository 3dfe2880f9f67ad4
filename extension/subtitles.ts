/** Subtitles as the daemon tells of them (host/core/subtitles.ts), and as tracks of a media element. */

export interface Subtitles {
  /** BCP 47, or '' */
  language: string;
  label: string;
  /** WebVTT */
  text: string;
}

/** The wall: what came over HTTP or a port. */
export function parseSubtitles(value: unknown): Subtitles[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const { language, label, text } = Object.fromEntries(Object.entries(one ?? {}));
    return typeof text === 'string' ? [{ language: String(language ?? ''), label: String(label ?? ''), text }] : [];
  });
}

/**
 * The browser's own menu lists them; none is shown until the person chooses it. Made cue by cue: what a content script makes a
 * URL of, Firefox keeps from the page, and a page's Content-Security-Policy may. Until `signal` aborts.
 */
export function addTracks(media: HTMLMediaElement, subtitles: Subtitles[], signal: AbortSignal): void {
  for (const { language, label, text } of subtitles) {
    const track = media.addTextTrack('subtitles', labelOf(language, label), language);
    track.mode = 'hidden'; // a disabled one takes no cues
    for (const { start, end, said } of cuesOf(text)) track.addCue(new VTTCue(start, end, said));
    track.mode = 'disabled';
    const empty = () => {
      track.mode = 'hidden';
      for (const cue of [...(track.cues ?? [])]) track.removeCue(cue);
      track.mode = 'disabled';
    };
    signal.addEventListener('abort', empty, { once: true });
  }
}

const TIMES = /^((?:\d+:)?\d\d:\d\d\.\d{3})[ \t]+-->[ \t]+((?:\d+:)?\d\d:\d\d\.\d{3})/;

/** The cues of a WebVTT text: when and what. Where on the picture, the browser decides. */
function cuesOf(text: string): { start: number; end: number; said: string }[] {
  return text.split(/\n{2,}/).flatMap(block => {
    const lines = block.split('\n');
    const at = lines.findIndex(line => TIMES.test(line));
    const [, start, end] = lines[at]?.match(TIMES) ?? [];
    if (!start || !end || /^(NOTE|STYLE|REGION)/.test(block)) return [];
    return [
      {
        start: seconds(start),
        end: seconds(end),
        said: lines
          .slice(at + 1)
          .join('\n')
          .trim(),
      },
    ];
  });
}

function seconds(time: string): number {
  return time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** A language by its name in the reader's own; else what the file's name says. */
function labelOf(language: string, label: string): string {
  if (language === '' || label !== language) return label;
  try {
    return new Intl.DisplayNames([navigator.language], { type: 'language' }).of(language) ?? label;
  } catch {
    return label;
  }
}
