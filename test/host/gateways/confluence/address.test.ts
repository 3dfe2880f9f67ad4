/** A gateway that also listens on another address of this machine, and its page for debugging. */

import { describe, expect, it } from 'vitest';
import { createHttpServer } from '../../../../host/http/server.ts';
import { ask, askRaw, faultLog } from '../../http/client.ts';
import { stand } from './stand.ts';

const ELSEWHERE = '127.0.0.2';
const token = { authorization: 'Bearer secret' };

describe.skipIf(process.platform !== 'linux')('another address', () => {
  it('answers to its number and to loopback, and to no other name', async () => {
    await using at = await stand({ address: ELSEWHERE, access: { token: 'secret' } });
    for (const address of [ELSEWHERE, '127.0.0.1']) {
      const named = (host: string) =>
        ask(at.port, '/health', { address, headers: { host: `${host}:${at.port}`, ...token } });
      expect((await named(ELSEWHERE)).status).toBe(200);
      expect((await named('127.0.0.1')).status).toBe(200);
      expect((await named('evil.example')).status).toBe(421);
      expect((await named('127.0.0.3')).status).toBe(421);
    }
    const page = { ...token, host: `${ELSEWHERE}:${at.port}`, 'sec-fetch-site': 'same-origin' };
    const own = { ...page, origin: `http://${ELSEWHERE}:${at.port}` };
    expect((await ask(at.port, '/health', { address: ELSEWHERE, headers: own })).status).toBe(200);
    const foreign = { ...page, origin: `http://${ELSEWHERE}:1` };
    expect((await ask(at.port, '/health', { address: ELSEWHERE, headers: foreign })).status).toBe(403);
  });

  it('that is every address takes numbers, never names', async () => {
    await using at = await stand({ address: '0.0.0.0', access: { token: 'secret' } });
    const named = (host: string) =>
      askRaw(
        at.port,
        `GET /health HTTP/1.1\r\nHost: ${host}:${at.port}\r\nAuthorization: Bearer secret\r\nConnection: close\r\n\r\n`,
      );
    for (const host of ['127.0.0.1', 'localhost', '192.0.2.7']) expect(await named(host)).toMatch(/^HTTP\/1\.1 200 /);
    // A page of another machine, at the same port.
    const headers = { host: `127.0.0.1:${at.port}`, origin: `http://192.0.2.7:${at.port}`, ...token };
    expect((await ask(at.port, '/health', { headers })).status).toBe(403);
    for (const host of ['evil.example', '127.0.0.1.evil.example'])
      expect(await named(host)).toMatch(/^HTTP\/1\.1 421 /);
  });

  it('that is none of this machine is told', async () => {
    const server = createHttpServer({ log: faultLog(), address: '192.0.2.1' });
    await expect(server.listen({ port: 0 })).rejects.toThrow('192.0.2.1 is no address of this machine');
    await server.close();
  });
});

describe('the page for debugging', () => {
  it('is there where it was asked for', async () => {
    await using at = await stand({ gateway: { debug: () => ({ uptime: 5 }) } });
    expect((await at.get('/debug/')).headers['content-type']).toBe('text/html; charset=utf-8');
    const vars = await at.get('/debug/vars');
    expect(JSON.parse(vars.body.toString())).toEqual({
      uptime: 5,
      totals: { down: 0, up: 0, cached: 0 },
      torrents: [],
    });
    expect((await at.get('/debug/vars', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    await using without = await stand();
    expect((await without.get('/debug/vars')).status).toBe(404);
  });
});
