/** The grant windows: at most one an origin, closing it is a no, and a no holds for a while. */

import type { Question } from '../ui-protocol.ts';
import type { Storage } from '../web-extension.ts';

/** After a no, an origin asks again at the earliest after this, and only when the person clicked. */
export const COOL_DOWN_MS = 5_000;

const DENIED = 'denied';

/** What the page's call brings along. */
export interface Asking extends Omit<Question, 'key'> {
  /** the person has just clicked or typed in the page */
  active: boolean;
  /** Unix ms, of the call: it may wait before it is read, and a click counts for what was called just after it */
  at: number;
}

export interface Questions {
  /** Resolves to the person's answer; an origin whose question is open gets that one's answer. */
  ask(asking: Asking): Promise<boolean>;
  get(key: string): Question | undefined;
  ofOrigin(origin: string): Question | undefined;
  /** how many wait for an answer */
  pending(): number;
  answer(key: string, allow: boolean): void;
  /** Nobody waits for the answer any more: its window goes, and that is no "no". */
  withdraw(origin: string): void;
  /** the person said no, and the origin has not been asked since */
  isDenied(origin: string): Promise<boolean>;
}

export interface QuestionsDeps {
  /** opens the window of a question; its id */
  open(question: Question): Promise<number | undefined>;
  close(window: number): void;
  /** brings a window that lies behind others to the front */
  show(window: number): void;
  onClosed(listener: (window: number) => void): void;
  storage: Pick<Storage.StorageArea, 'get' | 'set'>;
  now(): number;
  newKey(): string;
  /** a question was asked or answered */
  changed(): void;
}

interface Open {
  question: Question;
  window: number | undefined;
  answer: Promise<boolean>;
  settle(allow: boolean): void;
}

export function createQuestions(deps: QuestionsDeps): Questions {
  /** by origin */
  const open = new Map<string, Open>();
  let deniedAt: Record<string, number> = {};
  const loaded = deps.storage.get(DENIED).then(stored => {
    const kept: unknown = stored[DENIED];
    if (typeof kept === 'object' && kept !== null) deniedAt = { ...kept };
  });

  /** Closed before it was known whose they are: the browser may tell the end of a window before its id. */
  const closedEarly = new Set<number>();
  let opening = 0;

  deps.onClosed(window => {
    if (opening > 0) closedEarly.add(window);
    for (const entry of open.values()) if (entry.window === window) finish(entry, false);
  });

  async function ask(asking: Asking): Promise<boolean> {
    await loaded;
    const pending = open.get(asking.origin);
    if (pending) {
      if (asking.active && pending.window !== undefined) deps.show(pending.window);
      return pending.answer;
    }
    if (!mayAsk(asking)) return false;
    return start(asking).answer;
  }

  function mayAsk({ origin, active, at }: Asking): boolean {
    const since = deniedAt[origin];
    return since === undefined || (active && Math.min(at, deps.now()) - since >= COOL_DOWN_MS);
  }

  function start({ active: _active, at: _at, ...rest }: Asking): Open {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const question = { key: deps.newKey(), ...rest };
    const entry: Open = { question, window: undefined, answer: promise, settle: resolve };
    open.set(rest.origin, entry);
    void openWindow(entry);
    deps.changed();
    return entry;
  }

  async function openWindow(entry: Open): Promise<void> {
    opening++;
    const window = await deps.open(entry.question).catch(() => undefined);
    entry.window = window;
    if (window === undefined || closedEarly.has(window)) finish(entry, false);
    else if (open.get(entry.question.origin) !== entry) deps.close(window);
    if (--opening === 0) closedEarly.clear();
  }

  function finish(entry: Open, allow: boolean): void {
    const { origin } = entry.question;
    if (open.get(origin) !== entry) return;
    open.delete(origin);
    if (allow) delete deniedAt[origin];
    else deniedAt[origin] = deps.now();
    // Whoever hears the answer may find this background ended a moment later.
    const tell = () => {
      entry.settle(allow);
      deps.changed();
    };
    deps.storage.set({ [DENIED]: deniedAt }).then(tell, tell);
  }

  return {
    ask,
    get: key => [...open.values()].find(({ question }) => question.key === key)?.question,
    ofOrigin: origin => open.get(origin)?.question,
    pending: () => open.size,
    answer(key, allow) {
      const entry = [...open.values()].find(({ question }) => question.key === key);
      if (!entry) return;
      finish(entry, allow);
      if (entry.window !== undefined) deps.close(entry.window);
    },
    withdraw(origin) {
      const entry = open.get(origin);
      if (!entry) return;
      open.delete(origin);
      entry.settle(false);
      if (entry.window !== undefined) deps.close(entry.window);
      deps.changed();
    },
    isDenied: origin => loaded.then(() => deniedAt[origin] !== undefined),
  };
}
