/** Calls a site's API as LSD, a page or curl would: over real HTTP. */

export interface Reply {
  status: { code: number; text: string };
  data: Record<string, unknown>;
  cookie: string;
}
export type Call = (action: string, data?: unknown, headers?: Record<string, string>) => Promise<Reply>;

export const sha1 = (n: number) => n.toString(16).padStart(40, '0');

export const film = (n: number) => ({ sha1: sha1(n), info_hash: sha1(n + 0xf000), extension: 'mp4', size: n });

export async function post(url: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(`${url}api/`, { method: 'POST', body, headers });
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return { ...JSON.parse(await response.text()), cookie };
}

/** Form fields, as every site takes them; `headers` are sent with each call. */
export function caller(url: string, headers: Record<string, string> = {}): Call {
  return (action, data = {}, more = {}) => {
    const form = new FormData();
    form.set('action', action);
    form.set('data', JSON.stringify(data));
    return post(url, form, { ...headers, ...more });
  };
}

export async function signedIn(url: string, username: string): Promise<Call> {
  const visitor = caller(url);
  const known = await visitor('signin', { username, password: 'correct horse' });
  const { cookie } = known.cookie ? known : await visitor('signup', { username, password: 'correct horse' });
  return caller(url, { cookie });
}
