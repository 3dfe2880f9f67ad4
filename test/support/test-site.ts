/** A site for tests of the extension: pages by path, over http or https, on 127.0.0.1 under any name. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestSite extends AsyncDisposable {
  port: number;
  /** the site's origin under a name; default: 127.0.0.1 */
  origin(name?: string): string;
  close(): Promise<void>;
}

/** HTML by path, or a handler of its own. */
export type Routes = Record<string, string | ((request: IncomingMessage, response: ServerResponse) => void)>;

export async function startTestSite(routes: Routes, options: { tls?: boolean } = {}): Promise<TestSite> {
  const listener: RequestListener = (request, response) => {
    const route = routes[new URL(request.url ?? '/', 'http://x').pathname];
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    if (typeof route === 'function') route(request, response);
    else response.writeHead(route === undefined ? 404 : 200).end(route);
  };
  const server = options.tls ? createTlsServer(selfSigned(), listener) : createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const close = async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  };
  return {
    port,
    origin: (name = '127.0.0.1') => `${options.tls ? 'https' : 'http'}://${name}:${port}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A certificate that nobody trusts: the test browsers are told to take any. */
function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'lsd-cert-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=site.example', '-days', '2', '-nodes'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  try {
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
