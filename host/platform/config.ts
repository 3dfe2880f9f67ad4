/** The daemon's options: defaults, then config.json in the home, then the command line. */

import { existsSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { controlsSchema } from '../../shared/controls.ts';
import { LsdError } from '../../shared/errors.ts';
import { countRanges, parseRanges } from './address-ranges.ts';
import { isAddress } from './addresses.ts';

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
const seconds = v.pipe(v.number(), v.minValue(0));
const texts = v.array(v.string());
const address = v.pipe(v.string(), v.check(isAddress, 'is no address in numbers, as 192.0.2.1 or 2001:db8::1'));
const addressRange = v.pipe(
  v.string(),
  v.check(
    text => countRanges(parseRanges(text).ranges) === 1,
    'is no range of addresses, as 1.2.3.4, 1.2.3.0/24 or 1.2.3.4-1.2.3.9',
  ),
);

/** Longer lists are imported: they are not read anew at each start. */
const MAX_BLOCKED = 10_000;
const MAX_BLOCKED_HASHES = 1_000;
const hash = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{40}$/i, 'is neither an id nor an info hash (40 hexadecimal digits)'),
  v.toLowerCase(),
);

/** The nodes that public clients enter the DHT by (BEP 5 names none). */
const PUBLIC_BOOTSTRAP = ['router.bittorrent.com:6881', 'router.utorrent.com:6881', 'dht.transmissionbt.com:6881'];

/** By which LBRY's hash table is entered, as of 2024 to 2026. */
export const PUBLIC_LBRY_NODES = [
  'dht.lbry.grin.io:4444',
  'dht.lbry.madiator.com:4444',
  'dht.lbry.pigg.es:4444',
  'dht.lizard.technology:4444',
  's1.lbry.network:4444',
  's2.lbry.network:4444',
];

/** Every option of `letsshare daemon`; config.json has the same names. */
export const configSchema = v.strictObject({
  /** port of /get; 0 = any; absent: 15550, or a free one where that is taken */
  http: v.exactOptional(port),
  peerPort: v.exactOptional(port, 0),
  /** the address of this machine that all traffic with peers goes by, in and out */
  peerAddress: v.exactOptional(v.string()),
  /** the same by the name of a network interface */
  peerInterface: v.exactOptional(v.string()),
  tracker: v.exactOptional(texts, []),
  dhtPort: v.exactOptional(port, 0),
  dhtBootstrap: v.exactOptional(texts, PUBLIC_BOOTSTRAP),
  dht: v.exactOptional(v.boolean(), true),
  /** the address that others see of this machine, for the DHT's node id (BEP 42) */
  dhtPublicIp: v.exactOptional(address),
  lan: v.exactOptional(v.boolean(), true),
  nat: v.exactOptional(v.boolean(), false),
  stun: v.exactOptional(texts, []),
  pollSeconds: v.exactOptional(seconds),
  graceSeconds: v.exactOptional(seconds, 600),
  /** HOST:ADDRESS; names that resolve to an address of the person's choice */
  resolve: v.exactOptional(texts, []),
  /** programs on this machine that say nothing of themselves may read /get */
  openToPrograms: v.exactOptional(v.boolean(), false),
  keyring: v.exactOptional(v.boolean(), true),
  /** rates, schedule, quotas and the like, where no call changed them; taken up at once when the file changes */
  limits: v.exactOptional(controlsSchema, {}),
  /** addresses that nothing is exchanged with, beside the lists that were imported; taken up at once, too */
  blocklist: v.exactOptional(
    v.pipe(v.array(addressRange), v.maxLength(MAX_BLOCKED, `has more than ${MAX_BLOCKED} ranges`)),
    [],
  ),
  /** ids and info hashes that are neither fetched nor served, beside those of `letsshare block`; taken up at once, too */
  block: v.exactOptional(
    v.pipe(v.array(hash), v.maxLength(MAX_BLOCKED_HASHES, `has more than ${MAX_BLOCKED_HASHES} hashes`)),
    [],
  ),
  /** port of the Confluence gateway; 0 = any; absent: there is none */
  confluence: v.exactOptional(port),
  confluencePeerPort: v.exactOptional(port, 0),
  /** s that a torrent stays after its last request; negative = for ever */
  confluenceGrace: v.exactOptional(v.number(), 60),
  /** bytes of pieces that are kept */
  confluenceCache: v.exactOptional(v.pipe(v.number(), v.minValue(0)), 10 * 1024 ** 3),
  /** give peers what is kept */
  confluenceSeed: v.exactOptional(v.boolean(), false),
  /** a folder for whole files instead of the cache of pieces */
  confluenceDir: v.exactOptional(v.string()),
  /** an address to listen on besides loopback; it needs a token */
  confluenceBind: v.exactOptional(address),
  /** bytes of one upload */
  confluenceUpload: v.exactOptional(v.pipe(v.number(), v.minValue(0)), 100 * 1024 ** 3),
  /** /debug/, for programs of this machine */
  confluenceDebug: v.exactOptional(v.boolean(), false),
  /** port of the RestTorrent gateway; 0 = any; absent: there is none */
  resttorrent: v.exactOptional(port),
  /** nothing is saved outside it; absent: a folder of the home */
  resttorrentRoot: v.exactOptional(v.string()),
  /** an address to listen on besides loopback; it needs a token */
  resttorrentBind: v.exactOptional(address),
  resttorrentSessions: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 8),
  /** pages of other sites may load its answers as scripts, with the token in the URL */
  jsonp: v.exactOptional(v.boolean(), false),
  /** a file with the token that every request to a gateway must carry */
  gatewayTokenFile: v.exactOptional(v.string()),
  /** of web sites that may use the gateways */
  gatewayOrigin: v.exactOptional(texts, []),
  /** trackers, web seeds and peers of the gateways may have private addresses */
  gatewayLan: v.exactOptional(v.boolean(), false),
  /** LBRY: its files, its network, and JSON-RPC for its clients */
  lbry: v.exactOptional(v.boolean(), false),
  /** port of the JSON-RPC; 0 = any */
  lbryRpc: v.exactOptional(port, 5279),
  /** port where its files are played; 0 = any */
  lbryMedia: v.exactOptional(port, 5280),
  /** port of its BitTorrent client; 0 = any */
  lbryBt: v.exactOptional(port, 0),
  /** where its files are saved; absent: a folder of the home */
  lbryDownloadDir: v.exactOptional(v.string()),
  /** folders that callers may name besides */
  lbryRoot: v.exactOptional(texts, []),
  /** HOST:PORT; who is asked for claims that are not recorded here */
  lbryHub: v.exactOptional(texts, []),
  /** TCP port that blobs are given at; 0 = any */
  lbryPeer: v.exactOptional(port, 4444),
  /** UDP port of its hash table; 0 = any; false: there is none */
  lbryDht: v.exactOptional(v.union([port, v.literal(false)]), 4444),
  /** where both listen */
  lbryAddress: v.exactOptional(v.pipe(v.string(), v.ipv4('is no IPv4 address, as LBRY has them')), '0.0.0.0'),
  lbryBootstrap: v.exactOptional(texts, PUBLIC_LBRY_NODES),
  /** HOST:PORT of peers that are asked for any blob */
  lbryFixedPeer: v.exactOptional(texts, []),
  /** HOST:PORT of servers that callers may have blobs uploaded to */
  lbryReflector: v.exactOptional(texts, []),
  /** HOST:PORT of UDP trackers, beside the `udp://` ones of `tracker` */
  lbryTracker: v.exactOptional(texts, []),
  /** what is told to peers who want to pay */
  lbryPaymentAddress: v.exactOptional(v.pipe(v.string(), v.maxLength(100)), ''),
  /** private and loopback addresses may be peers, nodes, trackers and hubs */
  lbryLan: v.exactOptional(v.boolean(), false),
  logLevel: v.exactOptional(v.picklist(['debug', 'info', 'warn', 'error']), 'info'),
});
export type Config = v.InferOutput<typeof configSchema>;

/** `given` are the options of the command line. A wrong file is an error that names the field. */
export function loadConfig(file: string, given: Record<string, unknown>): Config {
  const stored = existsSync(file) ? readJson(file) : {};
  const result = v.safeParse(configSchema, { ...stored, ...given });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const wrong = issue.expected === 'never' ? 'is none of its options' : `is wrong: ${issue.message}`;
  throw new LsdError('invalid', `"${v.getDotPath(issue)}" (command line or ${file}) ${wrong}. Correct or remove it.`);
}

function readJson(file: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw new LsdError('invalid', `${file} cannot be read as JSON. Mend it or move it away.`, { cause });
  }
  throw new LsdError('invalid', `${file} must hold one JSON object. Mend it or move it away.`);
}

/** Of `--resolve`: `HOST:ADDRESS`; the address may hold colons itself. */
export function hostsOf(pairs: string[]): Map<string, string> {
  return new Map(
    pairs.map(pair => {
      const colon = pair.indexOf(':');
      if (colon < 1) throw new LsdError('invalid', `--resolve wants HOST:ADDRESS, not "${pair}".`);
      return [pair.slice(0, colon), pair.slice(colon + 1)];
    }),
  );
}
