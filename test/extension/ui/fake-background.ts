/** Stands in for the background: a `ui` port that answers from a table. It runs inside the page, so it closes over nothing. */

import type { Answers } from './answers.ts';

export interface Call {
  method: string;
  params: unknown;
}

/** What the shim leaves on the page's window, for tests to read and to move. */
export interface Backstage {
  calls: Call[];
  answers: Answers;
  /** tells the page that something has changed */
  change(): void;
  /** cuts the port, as a background that is put to sleep does */
  cut(): void;
  closed: boolean;
  /** answers wait for it */
  held?: Promise<void>;
}

export function installFakeBackground(answers: Answers, messages: Readonly<Record<string, string>>): void {
  type Listener = (message?: unknown) => void;
  let ports: { onMessage: Listener[]; onDisconnect: Listener[] }[] = [];
  const backstage: Backstage = {
    calls: [],
    answers,
    closed: false,
    change() {
      for (const port of ports)
        for (const hear of port.onMessage) hear({ jsonrpc: '2.0', method: 'changed', params: { kind: 'status' } });
    },
    cut() {
      const cut = ports;
      ports = [];
      for (const port of cut) for (const hear of port.onDisconnect) hear();
    },
  };

  function reply(request: { id: unknown; method: string; params: { method?: string; params?: unknown } }): unknown {
    const inner = request.method === 'daemon';
    const method = inner ? String(request.params.method) : request.method;
    backstage.calls.push({ method, params: inner ? request.params.params : request.params });
    const answer = method in backstage.answers ? filled(backstage.answers[method], request.params.params) : {};
    if (answer !== null && typeof answer === 'object' && 'error' in answer) {
      const { error } = answer as { error: { message: string } };
      return { jsonrpc: '2.0', id: request.id, error: { code: -32000, message: error.message, data: error } };
    }
    return { jsonrpc: '2.0', id: request.id, result: answer };
  }

  /** A list of any length, of which the rows that are asked for are made from one. */
  function filled(answer: unknown, params: unknown): unknown {
    if (typeof answer !== 'object' || answer === null || !('template' in answer)) return answer;
    const { template, total, ...rest } = answer as { template: object; total: number };
    const { offset, limit } = params as { offset: number; limit: number };
    const rows = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, at) =>
      JSON.parse(JSON.stringify(template).replaceAll('NUMBER', String(offset + at).padStart(6, '0'))),
    );
    return { ...rest, rows, total };
  }

  function connect(info?: { name?: string }): unknown {
    const port = { onMessage: [] as Listener[], onDisconnect: [] as Listener[] };
    ports.push(port);
    return {
      disconnect() {},
      postMessage(message: Parameters<typeof reply>[0]) {
        queueMicrotask(async () => {
          if (info?.name === 'player') return redeem(port);
          const answer = reply(message);
          await backstage.held;
          for (const hear of port.onMessage) hear(answer);
        });
      },
      onMessage: { addListener: (hear: Listener) => port.onMessage.push(hear) },
      onDisconnect: { addListener: (hear: Listener) => port.onDisconnect.push(hear) },
    };
  }

  /** A ticket is changed into what it stands for, or the port ends. */
  function redeem(port: (typeof ports)[number]): void {
    const told = Array.isArray(answers.player) ? answers.player : [];
    for (const news of told) for (const hear of port.onMessage) hear(news);
    if (told.length === 0) for (const hear of port.onDisconnect) hear();
  }

  const note = (method: string) => async (params: unknown) => {
    backstage.calls.push({ method, params });
    return true;
  };
  const browser = {
    runtime: {
      id: 'fake',
      connect,
      openOptionsPage: note('openOptionsPage'),
      requestUpdateCheck: note('requestUpdateCheck'),
      getURL: (path: string) => `/${path}`,
    },
    i18n: { getMessage: (name: string) => messages[name] ?? '', getUILanguage: () => messages.language },
    tabs: { create: note('tabs.create') },
    windows: { create: note('windows.create') },
    permissions: { request: note('permissions.request') },
    cookies: { getAll: async () => answers.cookies ?? [] },
  };
  Object.assign(window, {
    backstage,
    close: () => {
      backstage.closed = true;
    },
    browser,
    chrome: browser,
  });
}
