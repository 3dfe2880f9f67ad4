import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createNet, type Net } from '../../../host/platform/net.ts';
import { CERTIFICATE, KEY } from '../../support/tls-site.ts';

const caps = { lan: true, maxBytes: 1000, silenceMs: 5_000 };
const usual = getCACertificates('default');
let server: Server;
let net: Net;
let port: number;

beforeEach(async () => {
  server = createServer({ key: KEY, cert: CERTIFICATE }, (_, response) => response.end('secret')).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  net = createNet({
    resolve: new Map([
      ['archive.example', '127.0.0.1'],
      ['other.example', '127.0.0.1'],
    ]),
  });
});
afterEach(async () => {
  setDefaultCACertificates(usual);
  await net.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

it('refuses a certificate that nobody vouches for', async () => {
  const answer = net.checkedFetch(`https://archive.example:${port}/`, {}, caps);
  await expect(answer).rejects.toMatchObject({
    code: 'site-unreachable',
    message: expect.stringMatching(/certificate/),
  });
});

it('takes one of an authority that the person added, for its own name only', async () => {
  setDefaultCACertificates([...usual, CERTIFICATE]);
  const answer = await net.checkedFetch(`https://archive.example:${port}/`, {}, caps);
  expect(await answer.text()).toBe('secret');
  const other = net.checkedFetch(`https://other.example:${port}/`, {}, caps);
  await expect(other).rejects.toMatchObject({ code: 'site-unreachable' });
});
