/** The ports of the extension's own pages: popup, grant window, settings. */

import { createChannel } from '../../shared/channel.ts';
import { LsdError } from '../../shared/errors.ts';
import type { Method, Params, UserMethod } from '../../shared/protocol.ts';
import { methodSchemas, parse } from '../../shared/schema.ts';
import { CHANGED, type Changed, type News, type UiMethod, type UiMethods } from '../ui-protocol.ts';
import type { Runtime } from '../web-extension.ts';
import type { Link } from './link.ts';
import { type Notices, parseNotices } from './notices.ts';
import { isOwnPage } from './origin.ts';
import type { Questions } from './questions.ts';
import { createThrottle } from './throttle.ts';
import { parseVisibility, type VisibilityKeeper } from './visibility.ts';

type Handlers = { [M in UiMethod]: (params: unknown) => Promise<UiMethods[M]['result']> };

export interface UiPorts {
  /** takes over a port named `ui`, or cuts it */
  accept(port: Runtime.Port): void;
  /** something that the pages show has changed */
  changed(kind: News): void;
}

export interface UiPortsDeps {
  ownId: string;
  /** `chrome-extension://…/` or `moz-extension://…/` */
  ownBase: string;
  link: Link;
  questions: Questions;
  visibility: VisibilityKeeper;
  notices: Pick<Notices, 'choice' | 'choose'>;
  /** the origin of the tab that the person looks at */
  activeOrigin(): Promise<string | null>;
  later(run: () => void, ms: number): void;
}

export function createUiPorts(deps: UiPortsDeps): UiPorts {
  const listeners = new Set<(news: Changed) => void>();
  const handlers = createHandlers(deps);
  const throttle = createThrottle<News>(kind => {
    for (const listener of listeners) listener({ kind });
  }, deps.later);

  return {
    accept(port) {
      if (!isOwnPage(port.sender, deps.ownId, deps.ownBase)) return port.disconnect();
      const channel = createChannel({ send: message => port.postMessage(message) });
      for (const [method, handler] of Object.entries(handlers)) channel.handle(method, handler);
      const tell = (news: Changed) => channel.notify(CHANGED, news);
      listeners.add(tell);
      port.onMessage.addListener(message => channel.receive(message));
      port.onDisconnect.addListener(() => {
        listeners.delete(tell);
        channel.close(new LsdError('aborted', 'The page was closed.'));
      });
    },
    changed: kind => throttle.send(kind, kind),
  };
}

function createHandlers({ link, questions, visibility, notices, activeOrigin }: UiPortsDeps): Handlers {
  return {
    link: () => link.view(),
    async reconnect() {
      await link.reconnect();
      return {};
    },
    async daemon(params) {
      const method = field(params, 'method');
      if (!isUserMethod(method)) throw new LsdError('invalid', 'The daemon has no such method for pages.');
      return link.call(method, check(method, field(params, 'params') ?? {}));
    },
    question: async params => questions.get(textField(params, 'key')) ?? null,
    async answer(params) {
      questions.answer(textField(params, 'key'), field(params, 'allow') === true);
      return {};
    },
    visibility: () => visibility.get(),
    async setVisibility(params) {
      const next = parseVisibility(params);
      if (!next) throw new LsdError('invalid', 'This is no choice of sites.');
      await visibility.set(next);
      return {};
    },
    notices: () => notices.choice(),
    async setNotices(params) {
      const next = parseNotices(params);
      if (!next) throw new LsdError('invalid', 'This is no choice of notifications.');
      await notices.choose(next);
      return {};
    },
    async tab() {
      const origin = await activeOrigin();
      return { origin, pending: (origin !== null && questions.ofOrigin(origin)) || null };
    },
  };
}

/** Everything of the daemon that is the person's: methods of the link itself are not. */
function isUserMethod(method: unknown): method is UserMethod & Method {
  return typeof method === 'string' && method.includes('.') && Object.hasOwn(methodSchemas, method);
}

function check<M extends Method>(method: M, params: unknown): Params<M> {
  return parse<Params<M>>(methodSchemas[method], params, method);
}

function field(params: unknown, name: string): unknown {
  return typeof params === 'object' && params !== null
    ? Object.entries(params).find(([key]) => key === name)?.[1]
    : null;
}

function textField(params: unknown, name: string): string {
  const value = field(params, name);
  if (typeof value !== 'string') throw new LsdError('invalid', `"${name}" is missing.`);
  return value;
}
