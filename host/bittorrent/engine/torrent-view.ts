/** One torrent as its person may look at it: which pieces are here, who has the others, its peers. */

import type { Torrent, Wire } from 'webtorrent';
import { MAX_CELLS, type PeerView, type PieceMap, type TorrentView } from '../../../shared/browse.ts';
import { type Metainfo, piecesOf, type TorrentFile } from '../metainfo.ts';
import { clientName } from '../peers/client-name.ts';

/** What the engine tells of a torrent that is in it. */
export type EngineView = Pick<TorrentView, 'pieces' | 'peers' | 'trackers'>;

/** Of a cell that stands for many pieces so many missing ones are looked for among the peers. */
const LOOKED_FOR = 4;
const FULL = 255;
/** message stream encryption beyond the handshake */
const RC4 = 2;

export interface Pieces {
  /** of the file, both inclusive */
  first: number;
  last: number;
  length: number;
}

export function piecesIn(metainfo: Metainfo, file: TorrentFile): Pieces {
  return { ...piecesOf(metainfo, file), length: metainfo.pieceLength };
}

/** `has`: the piece is here; `holders`: how many peers have it. */
export function pieceMap(
  { first, last, length }: Pieces,
  has: (piece: number) => boolean,
  holders: (piece: number) => number,
): PieceMap {
  const count = last - first + 1;
  const perCell = Math.ceil(count / MAX_CELLS);
  const cells = Math.ceil(count / perCell);
  const here = new Uint8Array(cells);
  const held = new Uint8Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const start = first + cell * perCell;
    const end = Math.min(start + perCell, last + 1);
    const missing = [];
    for (let piece = start; piece < end; piece++) if (!has(piece)) missing.push(piece);
    here[cell] = Math.floor((FULL * (end - start - missing.length)) / (end - start));
    held[cell] = Math.min(FULL, ...missing.slice(0, LOOKED_FOR).map(holders));
  }
  return { count, length, perCell, here: base64(here), holders: base64(held) };
}

/** All of it is here, and nobody is met. */
export function wholeMap(pieces: Pieces): PieceMap {
  return pieceMap(
    pieces,
    () => true,
    () => 0,
  );
}

/** `pieces` null while the metadata is not known. */
export function lookAt(torrent: Torrent, pieces: Pieces | null): Pick<EngineView, 'pieces' | 'peers'> {
  const wires = torrent.wires.filter(wire => !wire.destroyed);
  const seeders = wires.filter(isWhole).length;
  const others = wires.filter(wire => !isWhole(wire));
  const holders = (piece: number) => seeders + others.filter(wire => wire.peerPieces.get(piece)).length;
  return {
    pieces: pieces && pieceMap(pieces, piece => torrent.ready && torrent.bitfield.get(piece), holders),
    peers: wires.map(wire => peerView(wire, torrent)),
  };
}

function isWhole(wire: Wire): boolean {
  return wire.isSeeder === true || wire.type === 'webSeed';
}

function peerView(wire: Wire, torrent: Torrent): PeerView {
  const over = wire.type === 'webrtc' ? 'webrtc' : wire.type === 'webSeed' ? 'webseed' : 'tcp';
  return {
    address: addressOf(wire, over),
    over,
    incoming: wire.type === 'tcpIncoming',
    encrypted: over === 'webrtc' || wire._encryptionMethod === RC4,
    client: over === 'webseed' ? '' : clientName(wire.peerId),
    progress: isWhole(wire) ? 1 : shareOf(wire, torrent.pieces.length),
    rates: { down: wire.downloadSpeed(), up: wire.uploadSpeed() },
    downloaded: wire.downloaded,
    uploaded: wire.uploaded,
    chokesUs: wire.peerChoking,
    choked: wire.amChoking,
  };
}

function addressOf(wire: Wire, over: PeerView['over']): string | null {
  if (over === 'webrtc' || wire.remoteAddress === undefined) return null;
  if (over === 'webseed' || wire.remotePort === undefined) return wire.remoteAddress;
  const { remoteAddress: host, remotePort: port } = wire;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function shareOf(wire: Wire, pieces: number): number {
  let has = 0;
  for (let piece = 0; piece < pieces; piece++) if (wire.peerPieces.get(piece)) has++;
  return pieces === 0 ? 0 : has / pieces;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
