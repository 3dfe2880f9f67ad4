/** Who is at the other end of a port, by the browser's word alone. */

/** The parts of runtime.MessageSender that count. */
export interface Sender {
  id?: string | undefined;
  frameId?: number | undefined;
  origin?: string | undefined;
  url?: string | undefined;
  tab?: { id?: number | undefined } | undefined;
}

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The origin of a page that may have `window.lsd`; undefined for subframes, opaque, file and data origins, and extensions. */
export function pageOrigin(sender: Sender | undefined, ownId: string): string | undefined {
  if (!sender || sender.id !== ownId || sender.frameId !== 0 || sender.tab === undefined) return undefined;
  const origin = webOrigin(sender.url);
  // A page under `Content-Security-Policy: sandbox` keeps its URL and has the origin "null".
  if (sender.origin !== undefined && sender.origin !== origin) return undefined;
  return origin;
}

/** Our own pages, wherever they stand: not the content script in somebody else's. */
export function isOwnDocument(sender: Sender | undefined, ownId: string, ownBase: string): boolean {
  return sender?.id === ownId && sender.url?.startsWith(ownBase) === true;
}

/** The person's own: none that stands in the frame of a site. */
export function isOwnPage(sender: Sender | undefined, ownId: string, ownBase: string): boolean {
  if (!isOwnDocument(sender, ownId, ownBase)) return false;
  return sender?.tab === undefined || sender.frameId === 0;
}

/** The http or https origin of a URL, undefined for every other one. */
export function webOrigin(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, origin } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
}

/** localhost, and every host that is written as an address. */
export function isLocalOrAddress(origin: string): boolean {
  const { hostname } = new URL(origin);
  return LOCAL_HOSTS.has(hostname) || hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname);
}
