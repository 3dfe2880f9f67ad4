/** Which sites see `window.lsd`: the person's choice, as content scripts that the browser injects by itself. */

import type { Visibility } from '../ui-protocol.ts';
import type { Scripting, Storage } from '../web-extension.ts';

const KEY = 'visibility';
const UNANSWERED: Visibility = { mode: 'unanswered', origins: [] };

/** Always, whatever the choice: developers of sites work there. */
const LOCAL = ['http://localhost/*', 'http://127.0.0.1/*', 'http://[::1]/*'];
const EVERY_SITE = ['https://*/*', ...LOCAL];

/**
 * The isolated script comes first: it must listen before the page's script hands the port over.
 * Paths are those of the built extension.
 */
const SCRIPTS = [
  { id: 'content', js: ['content/main.js'], world: 'ISOLATED' },
  { id: 'page', js: ['page/main.js'], world: 'MAIN' },
] as const;

export interface VisibilityKeeper {
  get(): Promise<Visibility>;
  set(visibility: Visibility): Promise<void>;
  /** registers the scripts for the choice and the grants as they are now */
  apply(): Promise<void>;
}

export interface VisibilityDeps {
  storage: Pick<Storage.StorageArea, 'get' | 'set'>;
  scripting: Pick<
    Scripting.Static,
    'getRegisteredContentScripts' | 'registerContentScripts' | 'unregisterContentScripts'
  >;
  granted(): string[];
}

export function createVisibility(deps: VisibilityDeps): VisibilityKeeper {
  let turn: Promise<void> = Promise.resolve();

  async function get(): Promise<Visibility> {
    return parseVisibility((await deps.storage.get(KEY))[KEY]) ?? UNANSWERED;
  }

  async function register(): Promise<void> {
    const choice = await get();
    const matches = matchesFor(choice, deps.granted());
    const registered = await deps.scripting.getRegisteredContentScripts();
    if (isSame(registered, matches)) return;
    // Registered anew, not updated: only so is the order certain.
    if (registered.length > 0) await deps.scripting.unregisterContentScripts();
    try {
      await deps.scripting.registerContentScripts(scriptsFor(matches));
    } catch {
      // One pattern that this browser refuses must not take the others with it.
      await deps.scripting.registerContentScripts(scriptsFor(choice.mode === 'all' ? EVERY_SITE : LOCAL));
    }
  }

  function apply(): Promise<void> {
    turn = turn.then(register, register);
    return turn;
  }

  return {
    get,
    apply,
    async set(visibility) {
      await deps.storage.set({ [KEY]: visibility });
      await apply();
    },
  };
}

function scriptsFor(matches: string[]): Scripting.RegisteredContentScript[] {
  return SCRIPTS.map(script => ({
    ...script,
    js: [...script.js],
    matches,
    runAt: 'document_start',
    allFrames: false,
    persistAcrossSessions: true,
  }));
}

/** Match patterns; one without a port stands for every port, and Firefox knows no other. */
export function matchesFor({ mode, origins }: Visibility, granted: string[]): string[] {
  const named = [...(mode === 'unanswered' ? [] : origins), ...granted];
  if (mode !== 'all') return [...new Set([...LOCAL, ...named.map(patternOf)])];
  // Every site is every encrypted one: those without encryption are named.
  const plain = named.filter(origin => origin.startsWith('http:'));
  return [...new Set([...EVERY_SITE, ...plain.map(patternOf)])];
}

function patternOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${hostname}/*`;
}

function isSame(registered: Scripting.RegisteredContentScript[], matches: string[]): boolean {
  // Chromium gives them back in another order.
  const wanted = [...matches].sort().join();
  return (
    registered.length === SCRIPTS.length &&
    registered.every(
      ({ id, matches }, index) => id === SCRIPTS[index]?.id && [...(matches ?? [])].sort().join() === wanted,
    )
  );
}

export function parseVisibility(value: unknown): Visibility | undefined {
  if (typeof value !== 'object' || value === null || !('mode' in value) || !('origins' in value)) return undefined;
  const { mode, origins } = value;
  if (mode !== 'unanswered' && mode !== 'all' && mode !== 'chosen') return undefined;
  if (!Array.isArray(origins)) return undefined;
  return { mode, origins: origins.filter(origin => typeof origin === 'string' && isWebOrigin(origin)) };
}

function isWebOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text);
}
