/** A film that played and stands still, while nobody paused it: by the events of its element, whoever dispatches them. */

/** ms; nothing stays silent longer: within 5 s the page hears what happens */
export const PATIENCE_MS = 4_500;

/** What it waits for, by the event that begins it: more of the film, or the place that it was sought to. */
const STILL = ['waiting', 'seeking'] as const;
type Still = (typeof STILL)[number];
/** Events, and which waiting they end. */
const ENDS: Readonly<Record<string, readonly Still[]>> = {
  playing: STILL,
  canplay: ['waiting'],
  pause: ['waiting'],
  seeked: ['seeking'],
  ended: STILL,
  emptied: STILL,
  error: STILL,
};

export interface Stalls {
  /** again and again, while it stands still */
  still(): void;
  /** it was said to stand still, and does so no longer */
  over(): void;
}

/** Until `signal` aborts. */
export function watchStalls(element: EventTarget, signal: AbortSignal, { still, over }: Stalls): void {
  const waits = new Set<Still>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let isTold = false;

  function rest(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function look(): void {
    if (waits.size > 0) {
      timer ??= setInterval(() => {
        isTold = true;
        still();
      }, PATIENCE_MS);
      return;
    }
    rest();
    if (isTold) over();
    isTold = false;
  }

  for (const type of STILL) {
    const begin = () => {
      waits.add(type);
      look();
    };
    element.addEventListener(type, begin, { signal });
  }
  for (const [type, ended] of Object.entries(ENDS)) {
    const end = () => {
      for (const each of ended) waits.delete(each);
      look();
    };
    element.addEventListener(type, end, { signal });
  }
  signal.addEventListener('abort', rest);
}
