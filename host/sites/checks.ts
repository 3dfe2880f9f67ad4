/** The site API's contract as a list of checks, each of which names what is wrong in a sentence. */

import { randomBytes } from 'node:crypto';
import { LsdError } from '../../shared/errors.ts';
import { type Id, parseId } from '../../shared/id.ts';
import { isObject } from './metadata.ts';
import {
  MAX_WAIT,
  parseAbout,
  parseDescribed,
  parseLacking,
  parseListed,
  parseSignin,
  parseWanted,
} from './replies.ts';
import type { Account } from './session.ts';
import { type SiteCall, SiteStatus } from './site-api.ts';

/** A site on the person's own machine or network is checked like any other. */
const LAN = { lan: true };
/** Seconds of long poll that the check spends. */
const HOLD_SECONDS = 1;
const MAX_IDS = 10_000;
/** What no site may take for an id. */
export const JUNK = ['../../etc/passwd', 'x'.repeat(40), ''];

/** What the checks share: the way to call, and what earlier ones found. */
export interface Bench {
  call(action: string, data: object, options?: Partial<SiteCall>): Promise<unknown>;
  account: Account;
  json: boolean;
  wait: number;
  trackers: string[];
  /** an id that nobody holds, made for this check and taken back at its end */
  id: Id;
}

/** Resolves with what it found; throws with the sentence that says what is wrong. */
export interface Check {
  name: string;
  run(bench: Bench): Promise<string>;
  /** without it the rest makes no sense */
  essential?: true;
}

/** A way of being wrong, in a sentence. */
function wrong(message: string): never {
  throw new LsdError('site-error', message);
}

export const CHECKS: Check[] = [
  {
    name: 'answer',
    essential: true,
    async run({ call }) {
      const status = await statusOf(call('api', { docs: true }));
      if (status >= 500)
        wrong(`"api" fails with status ${status}; an action that is not there is answered with 400 or 404.`);
      return 'It answers form posts with JSON.';
    },
  },
  {
    name: 'api',
    async run(bench) {
      const reply = await bench.call('api', { docs: true }).catch(asPlain);
      if (reply === PLAIN) return 'It has no "api" action: a plain site, polled every minute.';
      if (!isObject(reply)) return wrong('The data of "api" is no object.');
      const about = parseAbout(reply, LAN);
      Object.assign(bench, { json: about.json, wait: about.wait, trackers: about.trackers });
      if (!isObject(reply.actions)) wrong('"api" has no object "actions" that names its actions.');
      const missing = ['sync', 'addRequests', 'removeRequests', 'getRequests'].filter(
        one => !about.actions.includes(one),
      );
      if (missing.length > 0) wrong(`"api" does not name the actions ${missing.join(', ')}.`);
      if (typeof reply.wait === 'number' && reply.wait < 0) wrong('"wait" is less than 0 seconds.');
      return `It describes itself${about.wait > 0 ? `, and holds getRequests up to ${Math.min(about.wait, MAX_WAIT)} s` : ''}.`;
    },
  },
  {
    name: 'trackers',
    async run({ call, trackers }) {
      const reply = await call('api', { docs: true }).catch(asPlain);
      const named = isObject(reply) && Array.isArray(reply.trackers) ? reply.trackers.length : 0;
      if (named > trackers.length) wrong('Some of its "trackers" are no URLs of http, https, udp, ws or wss.');
      return named > 0
        ? `It names ${named} trackers.`
        : 'It names no trackers: its visitors meet only with reach "public".';
    },
  },
  {
    name: 'json',
    async run({ call, json }) {
      if (!json) return 'It does not offer JSON posts; forms are used.';
      const status = await statusOf(call('api', { docs: true }, { json: true }));
      if (status !== 200) wrong(`"api" says json: true, but a JSON post is answered with status ${status}.`);
      return 'It takes JSON posts as well.';
    },
  },
  {
    name: 'unknown action',
    async run({ call }) {
      const status = await statusOf(call('noSuchAction', {}));
      if (status !== 400 && status !== 404)
        wrong(`An unknown action is answered with status ${status}, not with 400 or 404.`);
      return `An unknown action is refused (${status}).`;
    },
  },
  {
    name: 'signin refuses',
    async run({ call, account }) {
      if (account.username === undefined) return 'Not tried: no account was given (--username).';
      const data = { username: account.username, password: randomBytes(12).toString('hex') };
      const refused = await call('signin', data).then(accepted, () => true);
      if (!refused) wrong('"signin" accepts a wrong password.');
      return 'A wrong password is refused.';
    },
  },
  {
    name: 'signin',
    essential: true,
    async run({ call, account }) {
      if (account.username === undefined || account.password === undefined)
        return 'Not tried: no account was given (--username).';
      parseSignin(await call('signin', { username: account.username, password: account.password }));
      return `"${account.username}" is signed in.`;
    },
  },
  {
    name: 'account',
    async run({ call, account }) {
      if (account.token === undefined) return 'Not tried: no token was given (--token-stdin).';
      const status = await statusOf(call('sync', {}, { token: randomBytes(12).toString('hex') }));
      if (status !== 401 && status !== 403)
        wrong(`A wrong token is answered with status ${status}, not with 401 or 403.`);
      return 'A wrong token is refused.';
    },
  },
  {
    name: 'sync lists',
    essential: true,
    async run({ call }) {
      const reply = await call('sync', {});
      const ids = parseListed(reply);
      const raw = isObject(reply) && Array.isArray(reply.ids) ? reply.ids : ids;
      if (raw.length > ids.length)
        wrong(`${raw.length - ids.length} of the ids that "sync" lists are not 40 hexadecimal digits.`);
      if (raw.some(id => parseId(id) !== id)) wrong('"sync" lists ids in upper case; they are written in lower case.');
      if (new Set(ids).size < ids.length) wrong('"sync" lists an id twice.');
      return `It lists ${ids.length} ids.`;
    },
  },
  {
    name: 'sync adds',
    async run({ call, id }) {
      const lacking = parseLacking(await call('sync', { add: [id], remove: [] }));
      if (!lacking.includes(id))
        wrong('The reply to "sync {add}" does not name the new id in "update", although its metadata is lacking.');
      if (!parseListed(await call('sync', {})).includes(id))
        wrong('An id that was added is not listed by the next "sync {}".');
      await call('sync', { add: [id], remove: [] });
      const listed = parseListed(await call('sync', {}));
      if (listed.filter(one => one === id).length > 1)
        wrong('An id that was added twice is listed twice; adding must change nothing the second time.');
      return 'An added id is listed, and its metadata is asked for.';
    },
  },
  {
    name: 'sync describes',
    async run({ call, id }) {
      await call('sync', { update: [metadataOf(id)] });
      const lacking = parseLacking(await call('sync', { add: [], remove: [] }));
      if (lacking.includes(id)) wrong('Metadata that "sync {update}" sent is asked for again.');
      return 'Metadata is taken in.';
    },
  },
  {
    name: 'addRequests',
    async run({ call, id }) {
      const strange = freshId();
      const described = parseDescribed(await call('addRequests', { ids: [id, strange] }), LAN);
      await call('removeRequests', { ids: [strange] });
      if (described.has(strange))
        wrong('"addRequests" answers for an id that the site has never heard of; unknown ids are left out.');
      const metadata = described.get(id)?.metadata;
      if (!metadata) return wrong('"addRequests" leaves out an id that the site knows.');
      const sent = metadataOf(id);
      if (metadata.infoHash !== sent.info_hash)
        wrong('The "info_hash" of "addRequests" is not the one that "sync {update}" sent.');
      if (metadata.size !== sent.size || metadata.extension !== sent.extension)
        wrong('"size" or "extension" of "addRequests" are not those that "sync {update}" sent.');
      return 'A known id comes with its metadata, an unknown one is left out.';
    },
  },
  {
    name: 'removeRequests',
    async run({ call, id }) {
      await call('removeRequests', { ids: [id] });
      await call('removeRequests', { ids: [id] });
      return 'A request is taken back, and taking it back twice is no error.';
    },
  },
  {
    name: 'getRequests',
    async run({ call }) {
      const wanted = parseWanted(await call('getRequests', {}), LAN);
      const held = new Set(parseListed(await call('sync', {})));
      const strange = wanted.ids.filter(one => !held.has(one)).length;
      if (strange > 0) wrong(`"getRequests" names ${strange} ids that this user does not hold.`);
      return `It asks for ${wanted.ids.length} of the files that this user holds.`;
    },
  },
  {
    name: 'getRequests holds',
    async run({ call, wait }) {
      if (wait <= 0) return 'It offers no long poll.';
      const first = parseWanted(await call('getRequests', {}), LAN);
      if (first.cursor === null) return wrong('"api" offers "wait", but "getRequests" gives no "cursor".');
      const seconds = Math.min(HOLD_SECONDS, Math.floor(wait));
      const startedAt = performance.now();
      const second = parseWanted(
        await call('getRequests', { since: first.cursor, wait: seconds }, { wait: seconds }),
        LAN,
      );
      const isSame = String(second.ids) === String(first.ids);
      const heldMs = performance.now() - startedAt;
      if (isSame && heldMs < seconds * 500)
        wrong(`"getRequests" with "wait" came back after ${Math.round(heldMs)} ms although nothing had changed.`);
      if (heldMs > seconds * 1000 + 5_000)
        wrong(`"getRequests" was held for ${Math.round(heldMs / 1000)} s, longer than the ${seconds} s of "wait".`);
      if (second.ids.length < first.ids.length && isSame) wrong('"ids" is not the full list when the reply was held.');
      return 'It holds the reply while nothing changes.';
    },
  },
  {
    name: 'sync removes',
    async run({ call, id }) {
      await call('sync', { add: [], remove: [id] });
      if (parseListed(await call('sync', {})).includes(id)) wrong('An id that was removed is still listed.');
      await call('sync', { add: [], remove: [id] });
      return 'A removed id is no longer listed, and removing it twice is no error.';
    },
  },
  {
    name: 'batches',
    async run({ call }) {
      const ids = Array.from({ length: MAX_IDS }, () => freshId());
      const status = await statusOf(call('sync', { add: [], remove: ids }));
      if (status !== 200) wrong(`A call with ${MAX_IDS} ids is answered with status ${status}.`);
      return `It takes ${MAX_IDS} ids in one call.`;
    },
  },
  {
    name: 'malformed',
    async run({ call }) {
      const status = await statusOf(call('sync', { add: [...JUNK, 5, null], remove: [] }));
      const listed = await call('sync', {});
      if (parseListed(listed).length < (isObject(listed) && Array.isArray(listed.ids) ? listed.ids.length : 0))
        wrong('It took in something that is no id.');
      if (status >= 500) wrong(`Malformed ids are answered with status ${status}; 400 says whose fault it is.`);
      return status === 200 ? 'Malformed ids are ignored.' : `Malformed ids are refused (${status}).`;
    },
  },
];

const PLAIN = Symbol('plain site');

function asPlain(thrown: unknown): typeof PLAIN {
  if (thrown instanceof SiteStatus && thrown.code < 500) return PLAIN;
  throw thrown;
}

/** `status.code` of the reply; an answer that is no reply of the API at all is thrown. */
async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (thrown) {
    if (thrown instanceof SiteStatus) return thrown.code;
    throw thrown;
  }
}

function accepted(data: unknown): boolean {
  try {
    parseSignin(data);
    return false;
  } catch {
    return true;
  }
}

export function freshId(): Id {
  return parseId(randomBytes(20).toString('hex')) ?? wrong('no id');
}

function metadataOf(id: Id) {
  return {
    sha1: id,
    info_hash: id.split('').reverse().join(''),
    extension: 'mkv',
    size: 1_234_567,
    mime: 'video/x-matroska',
  };
}
