/** Table of header cases: who is behind a request, and whether it is meant for this port. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressed, callerOf, isOwn } from '../../../host/http/guard.ts';

const page = (origin: string) => ({ kind: 'page', origin });
const program = { kind: 'program' };
const unnamed = { kind: 'unnamed' };

describe('who is behind a request', () => {
  it.each([
    ['a program sends none of the headers of a browser', {}, program],
    ['a typed address says none', { 'sec-fetch-site': 'none' }, program],
    ['a media element of an https page names no one', { 'sec-fetch-site': 'cross-site' }, unnamed],
    ['another port of localhost is another site', { 'sec-fetch-site': 'same-site' }, unnamed],
    ['same-origin proves nothing by itself', { 'sec-fetch-site': 'same-origin' }, unnamed],
    ['a list is not none', { 'sec-fetch-site': 'none, cross-site' }, unnamed],
    ['an empty Sec-Fetch-Site is not absent', { 'sec-fetch-site': '' }, unnamed],
    ['Origin names the page', { origin: 'https://a.example' }, page('https://a.example')],
    ['Origin keeps its port', { origin: 'http://localhost:8080' }, page('http://localhost:8080')],
    [
      'Origin names the page whatever Sec-Fetch-Site says',
      { origin: 'https://a.example', 'sec-fetch-site': 'none' },
      page('https://a.example'),
    ],
    ['an opaque origin has no name', { origin: 'null' }, unnamed],
    ['Origin decides over Referer', { origin: 'null', referer: 'https://a.example/' }, unnamed],
    [
      'Origin decides over another Referer',
      { origin: 'https://b.example', referer: 'https://a.example/x' },
      page('https://b.example'),
    ],
    ['two origins are none', { origin: 'https://a.example, https://b.example' }, unnamed],
    ['an origin with a path is none', { origin: 'https://a.example/' }, unnamed],
    ['an origin in capitals is not what a browser writes', { origin: 'HTTPS://A.example' }, unnamed],
    ['an empty Origin is not absent', { origin: '' }, unnamed],
    ['an extension is no site', { origin: 'chrome-extension://abcdefghijklmnop' }, unnamed],
    ['a file is no site', { origin: 'file://' }, unnamed],
    ['Referer names the page', { referer: 'https://a.example/watch?v=1' }, page('https://a.example')],
    ['an IPv6 page', { referer: 'http://[::1]:3000/' }, page('http://[::1]:3000')],
    ['a Referer that cannot be read', { referer: 'a.example' }, unnamed],
    ['an empty Referer is not absent', { referer: '' }, unnamed],
    ['a Referer of an extension', { referer: 'moz-extension://1234/player.html' }, unnamed],
    [
      'credentials in a Referer are not its host',
      { referer: 'https://a.example@b.example/' },
      page('https://b.example'),
    ],
  ])('%s', (_case, headers, caller) => {
    expect(callerOf(headers)).toEqual(caller);
  });

  it('never takes a request with Origin or Referer for a program', () => {
    const text = fc.string();
    fc.assert(
      fc.property(fc.record({ origin: text, referer: text }, { requiredKeys: [] }), headers => {
        fc.pre(headers.origin !== undefined || headers.referer !== undefined);
        expect(callerOf(headers).kind).not.toBe('program');
      }),
    );
  });
});

describe('whether a request is meant for this port', () => {
  it.each([
    [['127.0.0.1:15550'], '/', 'here'],
    [['localhost:15550'], '/', 'here'],
    [['LocalHost:15550'], '/', 'here'],
    [['[::1]:15550'], '/', 'here'],
    [['127.0.0.1:15550'], 'http://127.0.0.1:15550/get/x', 'here'],
    [['127.0.0.1:15550'], 'http://evil.example/get/x', 'elsewhere'],
    [['127.0.0.1:15550'], '*', 'here'],
    [['127.0.0.1'], '/', 'elsewhere'],
    [['127.0.0.1:15551'], '/', 'elsewhere'],
    [['127.1:15550'], '/', 'elsewhere'],
    [['localhost.:15550'], '/', 'elsewhere'],
    [['evil.example:15550'], '/', 'elsewhere'],
    [['127.0.0.1.evil.example:15550'], '/', 'elsewhere'],
    [['127.0.0.1:15550 '], '/', 'elsewhere'],
    [['user@127.0.0.1:15550'], '/', 'elsewhere'],
    [[], '/', 'nowhere'],
    [[''], '/', 'nowhere'],
    [['127.0.0.1:15550', 'evil.example'], '/', 'nowhere'],
  ] as const)('Host %j with target %s is meant for %s', (hosts, target, where) => {
    expect(addressed(hosts, target, host => isOwn(host, 15_550, null))).toBe(where);
  });
});
