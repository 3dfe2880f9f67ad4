/** `GET /get/ID/subtitles`: for those who may read the film, and for nobody else. */

import { expect, it } from 'vitest';
import { ask } from '../http/client.ts';
import { idOf, OTHER_SITE, SITE, STRANGER, stand } from './get-stand.ts';

const ID = idOf('a');
const PATH = `/get/${ID}/subtitles`;
const started = () => stand({ reads: { [SITE]: [ID] } });

it('serves whom the film is served to, by capability, header or origin', async () => {
  await using get = await started();
  const value = get.readers.issue({}, SITE);
  for (const [path, headers] of [
    [PATH + get.token(SITE, ID), {}],
    [PATH, { 'sec-fetch-site': 'cross-site', 'x-lsd-reader': value }],
    [PATH, { origin: SITE }],
  ] as const) {
    const answer = await ask(get.port, path, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'no-store',
    });
    expect(JSON.parse(answer.body.toString())).toEqual({
      subtitles: [{ label: 'en', language: 'en', text: 'WEBVTT\n\n' }],
    });
    expect(get.opened.pop()).toEqual({ id: ID, reader: SITE });
  }
});

it.each([
  ['a page of another granted site', PATH, { origin: OTHER_SITE }],
  ['a page of a stranger', PATH, { origin: STRANGER }],
  ['a program without a capability', PATH, {}],
  ['a malformed id', '/get/xyz/subtitles', { origin: SITE }],
  ['an id that the site may not see', `/get/${idOf('b')}/subtitles`, { origin: SITE }],
  ['what lies below', `${PATH}/en`, { origin: SITE }],
])('is not found for %s', async (_who, path, headers) => {
  await using get = await started();
  expect((await ask(get.port, path, { headers })).status).toBe(404);
  expect(get.opened).toEqual([]);
});

it('serves no page by a stolen capability', async () => {
  await using get = await started();
  const headers = { origin: OTHER_SITE };
  expect((await ask(get.port, PATH + get.token(SITE, ID), { headers })).status).toBe(404);
});
