/** A site that keeps the contract in memory, until a test tells it how to misbehave. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DoubleCall {
  action: string;
  data: Record<string, unknown>;
  headers: IncomingMessage['headers'];
}
/** The data of the reply; or it answers on `response` itself and returns nothing at all. */
export type Reply = (call: DoubleCall, response: ServerResponse) => unknown;
type Usual = (call: DoubleCall) => unknown;

export interface SiteDouble {
  origin: string;
  url: string;
  /** every call, in order */
  calls: DoubleCall[];
  /** what it believes this user holds */
  ids: Set<string>;
  /** metadata by id */
  described: Map<string, Record<string, unknown>>;
  /** requests of this user */
  requested: Set<string>;
  /** what it answers to getRequests */
  wanted: Record<string, unknown>;
  /** replies in place of the usual ones, by action */
  replies: Map<string, Reply>;
  /** what it answers by itself */
  usual(action: string, call: DoubleCall): unknown;
  /** calls of one action */
  of(action: string): DoubleCall[];
  close(): Promise<void>;
}

export async function openSiteDouble(about: object | null = {}): Promise<SiteDouble> {
  const site = {
    origin: '',
    url: '',
    calls: [] as DoubleCall[],
    ids: new Set<string>(),
    described: new Map<string, Record<string, unknown>>(),
    requested: new Set<string>(),
    wanted: { ids: [] } as Record<string, unknown>,
    replies: new Map<string, Reply>(),
    usual: (action: string, call: DoubleCall) => (usual[action] ?? (() => refuse(404)))(call),
    of: (action: string) => site.calls.filter(call => call.action === action),
    close,
  };
  const server = createServer((request, response) => void serve(request, response));
  // A connection that rests while the machine is busy is not to be closed under the next call.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  site.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  site.url = `${site.origin}/api/`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { action, data } = await read(request);
    const call = { action, data, headers: request.headers };
    site.calls.push(call);
    const reply = site.replies.get(action) ?? usual[action];
    try {
      const result = reply ? await reply(call, response) : refuse(404, `no action "${action}"`);
      if (!response.headersSent && result !== undefined) answer(response, 200, 'ok', result);
    } catch (thrown) {
      const code = thrown instanceof Refusal ? thrown.code : 500;
      if (!response.headersSent) answer(response, code, String(thrown), {});
    }
  }

  const usual: Record<string, Usual> = {
    ...(about && { api: () => ({ actions: {}, ...about }) }),
    signin: () => ({ user: { username: 'ann' } }),
    sync({ data }) {
      if (data.update) {
        for (const one of records(data.update)) site.described.set(String(one.sha1), one);
        return {};
      }
      if (!data.add && !data.remove) return { ids: [...site.ids] };
      for (const id of texts(data.add)) site.ids.add(id);
      for (const id of texts(data.remove)) site.ids.delete(id);
      return { update: [...site.ids].filter(id => !site.described.has(id)) };
    },
    addRequests({ data }) {
      for (const id of texts(data.ids)) site.requested.add(id);
      return texts(data.ids).flatMap(id => site.described.get(id) ?? []);
    },
    removeRequests({ data }) {
      for (const id of texts(data.ids)) site.requested.delete(id);
      return {};
    },
    getRequests: () => site.wanted,
  };

  async function close(): Promise<void> {
    server.closeAllConnections();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  }
  return site;
}

export class Refusal extends Error {
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export function refuse(code: number, text = 'no'): never {
  throw new Refusal(code, text);
}

function answer(response: ServerResponse, code: number, text: string, data: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ status: { code, text }, data }));
}

async function read(request: IncomingMessage): Promise<{ action: string; data: Record<string, unknown> }> {
  const body = Buffer.concat(await request.toArray());
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) return JSON.parse(body.toString());
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  return { action: String(form.get('action')), data: JSON.parse(String(form.get('data'))) };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => /^[0-9a-f]{40}$/.test(item)) : [];
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}
