/** The hash table, which takes any key: who is in it, who announced what, and what this machine announces. */

import * as v from 'valibot';
import { LsdError } from '../../../../shared/errors.ts';
import type { DhtContact, LbryNetwork, OwnKey } from '../../../core/lbry.ts';
import { type LbryDeps, type Method, method } from '../method.ts';
import { PAGE, pageOf } from '../pages.ts';
import { count, text } from '../parameters.ts';
import { APPLICATION, rpcError } from '../rpc-error.ts';
import { CONTACT, HASH, peersOf, peerView, SEARCH_SECONDS, within } from './peers.ts';

function contactView({ nodeId, address, udpPort }: DhtContact) {
  return { node_id: nodeId, address, udp_port: udpPort, tcp_port: null };
}

function dhtOf({ network }: LbryDeps): NonNullable<LbryNetwork['dht']> {
  if (network.dht) return network.dht;
  throw rpcError(APPLICATION, 'The hash table is switched off (--no-lbry-dht).');
}

function ownKeyView({ key, port, addedAt, announcedAt }: OwnKey) {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return {
    key,
    tcp_port: port,
    added_on: seconds(addedAt),
    announced_on: announcedAt === null ? null : seconds(announcedAt),
  };
}

export const HASH_TABLE: readonly Method[] = [
  method({
    name: 'peer_ping',
    summary: 'Whether a node of the hash table answers.',
    takes: v.strictObject({
      node_id: v.exactOptional(HASH),
      address: text('its IPv4 address'),
      port: count('its UDP port', 1),
    }),
    returns: '"pong", or {"error": "timeout"}',
    async work({ node_id, address, port }, deps, signal) {
      const dht = dhtOf(deps);
      try {
        const { nodeId } = await dht.ping({ address, udpPort: port }, signal);
        return node_id === undefined || node_id === nodeId ? 'pong' : { error: 'another node answers there' };
      } catch (thrown) {
        if (thrown instanceof LsdError && thrown.code === 'timeout') return { error: 'timeout' };
        throw thrown;
      }
    },
  }),
  method({
    name: 'routing_table_get',
    summary: 'The nodes of the hash table that are known here.',
    takes: v.strictObject({}),
    returns: `{buckets: {number: [{${CONTACT}}]}, node_id, prefix_neighbors_count}`,
    work(_, deps) {
      const dht = dhtOf(deps);
      const buckets = dht.buckets().map((each, index) => [index, each.map(contactView)] as const);
      const prefix = dht.nodeId.slice(0, 2);
      const neighbours = dht
        .buckets()
        .flat()
        .filter(({ nodeId }) => nodeId.startsWith(prefix));
      return {
        buckets: Object.fromEntries(buckets),
        node_id: dht.nodeId,
        prefix_neighbors_count: neighbours.length,
      };
    },
  }),
  method({
    name: 'announce',
    summary:
      'Says in the hash table that this machine gives a key, of any application, at a TCP port: now, and twice a day until unannounce takes it back, also after a restart.',
    takes: v.strictObject({
      key: HASH,
      port: v.exactOptional(count("TCP port from 1024 up; the blob server's", 1024)),
    }),
    returns: '{key, tcp_port, nodes: [{node_id, address, udp_port}]}',
    async work({ key, port: asked = null }, deps, signal) {
      const { port, nodes } = await dhtOf(deps).announce(key, asked, signal);
      return { key, tcp_port: port, nodes: nodes.map(contactView) };
    },
  }),
  method({
    name: 'unannounce',
    summary: 'Takes back a key that was announced. Who noted it forgets it within a day.',
    takes: v.strictObject({ key: HASH }),
    returns: 'true, or false where it was not announced',
    work: ({ key }, deps) => dhtOf(deps).unannounce(key),
  }),
  method({
    name: 'announce_list',
    summary: 'The keys that applications announced, until they take them back.',
    takes: v.strictObject(PAGE),
    returns:
      '{items: [{key, tcp_port, added_on, announced_on}], page, page_size, total_items, total_pages}; in Unix seconds, announced_on null where too few nodes noted it yet',
    work: (page, deps) => pageOf(dhtOf(deps).announced(), page, ownKeyView),
  }),
  method({
    name: 'find',
    summary: 'Who announced a key, of any application, in the hash table.',
    takes: v.strictObject({ key: HASH, ...PAGE }),
    returns: `{items: [{${CONTACT}}], page, page_size, total_items, total_pages}`,
    async work({ key, page, page_size }, deps, signal) {
      const until = within(SEARCH_SECONDS, signal);
      return pageOf(await peersOf(dhtOf(deps).find(key, until), until), { page, page_size }, peerView);
    },
  }),
];
