/** Who may have a page port: by what the browser says of the sender, in a table. */

import { describe, expect, it } from 'vitest';
import { isLocalOrAddress, isOwnPage, pageOrigin } from '../../../extension/background/origin.ts';

const OWN = 'own-id';
const sender = (change: object) => ({
  id: OWN,
  frameId: 0,
  tab: { id: 7 },
  origin: 'https://site.example',
  url: 'https://site.example/film?x#y',
  ...change,
});

describe('the origin of a page', () => {
  it.each([
    ['https', {}, 'https://site.example'],
    ['a port', { origin: 'https://a.example:8443', url: 'https://a.example:8443/' }, 'https://a.example:8443'],
    ['localhost', { origin: 'http://localhost:8000', url: 'http://localhost:8000/' }, 'http://localhost:8000'],
    ['the address of the machine', { origin: 'http://[::1]:8000', url: 'http://[::1]:8000/' }, 'http://[::1]:8000'],
    ['a browser that gives no origin', { origin: undefined }, 'https://site.example'],
    ['a subframe', { frameId: 3 }, undefined],
    ['no frame', { frameId: undefined }, undefined],
    ['no tab', { tab: undefined }, undefined],
    ['a sandboxed page', { origin: 'null' }, undefined],
    ['a file', { origin: 'file://', url: 'file:///home/x.html' }, undefined],
    ['a data URL', { origin: 'null', url: 'data:text/html,x' }, undefined],
    ['a blob', { origin: 'https://site.example', url: 'blob:https://site.example/1' }, undefined],
    ['an origin that is not that of the URL', { origin: 'https://other.example' }, undefined],
    ['another extension', { id: 'other-id' }, undefined],
    ['a page of an extension', { url: 'chrome-extension://own-id/x.html', origin: undefined }, undefined],
    ['no URL', { url: undefined, origin: undefined }, undefined],
  ])('of %s', (_what, change, origin) => {
    expect(pageOrigin(sender(change), OWN)).toBe(origin);
  });
});

describe('a page of the extension itself', () => {
  const base = 'chrome-extension://own-id/';
  it.each([
    [{ id: OWN, url: `${base}popup/index.html` }, true],
    [{ id: OWN, url: `${base}prompt/index.html`, tab: { id: 3 }, frameId: 0 }, true],
    [{ id: OWN, url: `${base}player/index.html`, tab: { id: 3 }, frameId: 5 }, false],
    [{ id: OWN, url: 'https://site.example/' }, false],
    [{ id: 'other-id', url: `${base}popup/index.html` }, false],
    [{ id: OWN, url: 'chrome-extension://own-idx/popup/index.html' }, false],
    [undefined, false],
  ])('%j: %s', (from, own) => {
    expect(isOwnPage(from, OWN, base)).toBe(own);
  });
});

it.each([
  ['http://localhost:1', true],
  ['http://127.0.0.1', true],
  ['https://192.168.1.4', true],
  ['http://[fe80::1]:80', true],
  ['https://1.example', false],
])('%s is the machine or an address: %s', (origin, yes) => {
  expect(isLocalOrAddress(origin)).toBe(yes);
});
