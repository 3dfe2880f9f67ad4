/** Info dictionaries of strangers: parsed and checked once, with limits, before anything is made of them. */

import { type BDict, BencodeError, type BValue, decode, dict, encode, isDict } from '../core/bencode.ts';

/** security.md, "From peers" */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 100_000;
const MAX_PIECES = 800_000;
const HASH_BYTES = 20;
const MIN_PIECE_LENGTH = 16 * 1024;
/** larger ones exist nowhere; a piece is held in memory */
const MAX_PIECE_LENGTH = 64 * 1024 * 1024;
/** of one component of a path */
export const MAX_NAME_BYTES = 255;

export interface TorrentFile {
  /** cleaned names, from the torrent's own folder down; one name for a torrent of a single file */
  path: string[];
  /** bytes */
  length: number;
  /** where it starts within the torrent */
  offset: number;
}

export interface Metainfo {
  /** the bencoded info dictionary, as it came */
  info: Uint8Array;
  pieceLength: number;
  pieceCount: number;
  /** the SHA-1s of the pieces, one after the other */
  hashes: Uint8Array;
  /** bytes of all files */
  length: number;
  files: TorrentFile[];
}

export class MetainfoError extends Error {
  override readonly name = 'MetainfoError';
}

/** The info dictionary inside a `.torrent` file. */
export function infoOfTorrent(torrent: Uint8Array): Uint8Array {
  const info = dictionary(bounded(torrent)).entries.get('info');
  if (!isDict(info) || !info.raw) throw new MetainfoError('the torrent has no info dictionary');
  return info.raw;
}

/** A `.torrent` file that says nothing but its info dictionary: no tracker, no web seed. */
export function bareTorrent(info: Uint8Array): Uint8Array {
  const torrent = encode(dict({ info: new Uint8Array(0) }));
  // The raw dictionary takes the place of the empty string (`0:`), so that its very bytes stay.
  const head = torrent.subarray(0, torrent.length - 3);
  const whole = new Uint8Array(head.length + info.length + 1);
  whole.set(head);
  whole.set(info, head.length);
  whole[whole.length - 1] = 0x65;
  return whole;
}

/** Throws `MetainfoError` (or `BencodeError`) for anything that is not a sound version 1 info dictionary. */
export function parseInfo(info: Uint8Array): Metainfo {
  const { entries } = dictionary(bounded(info));
  const pieceLength = integer(entries.get('piece length'), 'piece length');
  if (pieceLength < MIN_PIECE_LENGTH || pieceLength > MAX_PIECE_LENGTH) {
    throw new MetainfoError(`a piece length of ${pieceLength}`);
  }
  const pieces = entries.get('pieces');
  if (!(pieces instanceof Uint8Array) || pieces.length % HASH_BYTES !== 0)
    throw new MetainfoError('pieces are missing');
  const files = filesOf(entries);
  const length = files.reduce((sum, file) => sum + file.length, 0);
  const pieceCount = pieces.length / HASH_BYTES;
  if (pieceCount > MAX_PIECES) throw new MetainfoError(`${pieceCount} pieces; ${MAX_PIECES} is the limit`);
  if (length === 0 || pieceCount !== Math.ceil(length / pieceLength)) {
    throw new MetainfoError(`${pieceCount} pieces do not make ${length} bytes`);
  }
  return { info, pieceLength, pieceCount, hashes: pieces, length, files };
}

/** Which files may be the one that is wanted: those of its size. A torrent of one file needs no size to tell. */
export function candidates(metainfo: Metainfo, size: number | null): number[] {
  if (size === null) return metainfo.files.length === 1 ? [0] : [];
  return metainfo.files.flatMap((file, index) => (file.length === size ? [index] : []));
}

/** Pieces that hold bytes of a file: first and last, both inclusive. */
export function piecesOf(
  metainfo: Pick<Metainfo, 'pieceLength'>,
  file: Pick<TorrentFile, 'offset' | 'length'>,
): { first: number; last: number } {
  return {
    first: Math.floor(file.offset / metainfo.pieceLength),
    last: Math.floor((file.offset + file.length - 1) / metainfo.pieceLength),
  };
}

/** All pieces but the last are as long. */
export function bytesOfPiece({ pieceLength, length }: Pick<Metainfo, 'pieceLength' | 'length'>, piece: number): number {
  return Math.min(pieceLength, length - piece * pieceLength);
}

function filesOf(entries: BDict['entries']): TorrentFile[] {
  const name = cleanName(text(entries.get('name'), 'name'));
  const list = entries.get('files');
  if (list === undefined) return [{ path: [name], length: size(entries.get('length')), offset: 0 }];
  if (!Array.isArray(list)) throw new MetainfoError('its files are no list');
  if (list.length > MAX_FILES) throw new MetainfoError(`${list.length} files; ${MAX_FILES} is the limit`);
  let offset = 0;
  return list.map(item => {
    const file = fileOf(item, name, offset);
    offset += file.length;
    if (!Number.isSafeInteger(offset)) throw new MetainfoError('its files are too large');
    return file;
  });
}

function fileOf(item: BValue, folder: string, offset: number): TorrentFile {
  if (!isDict(item)) throw new MetainfoError('a file is no dictionary');
  const parts = item.entries.get('path');
  if (!Array.isArray(parts) || parts.length === 0) throw new MetainfoError('a file has no path');
  const path = parts.flatMap(part => text(part, 'path').split(/[\\/]/)).map(cleanName);
  return { path: [folder, ...path.filter(part => part !== '_')], length: size(item.entries.get('length')), offset };
}

const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
/** control characters, and those that turn the direction of text */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const UNWANTED = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** One component of a path that cannot leave its folder on any system; `_` where nothing of it is left. */
export function cleanName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(UNWANTED, '')
    .replace(/^[a-z]:/i, '')
    .replace(/[:\\/]/g, '_')
    .replace(/[. ]+$/, '')
    .trimStart();
  if (plain === '' || plain === '.' || plain === '..') return '_';
  return shorten(WINDOWS_DEVICE.test(plain) ? `_${plain}` : plain);
}

/** `mostBytes` of it at most. */
export function shorten(name: string, mostBytes = MAX_NAME_BYTES): string {
  // A code unit has one byte at least.
  let short = name.slice(0, mostBytes);
  while (Buffer.byteLength(short) > mostBytes) short = short.slice(0, -1);
  return short.toWellFormed();
}

function bounded(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_BYTES) throw new MetainfoError(`${bytes.length} bytes of metadata; ${MAX_BYTES} is the limit`);
  return bytes;
}

function dictionary(bytes: Uint8Array): BDict {
  const value = decode(bytes);
  if (!isDict(value)) throw new BencodeError('this is no dictionary');
  return value;
}

function integer(value: BValue | undefined, what: string): number {
  if (typeof value !== 'number') throw new MetainfoError(`its ${what} is no number`);
  return value;
}

function size(value: BValue | undefined): number {
  const length = integer(value, 'length');
  if (length < 0) throw new MetainfoError('a length below zero');
  return length;
}

const UTF8 = new TextDecoder();

function text(value: BValue | undefined, what: string): string {
  if (!(value instanceof Uint8Array)) throw new MetainfoError(`its ${what} is no text`);
  return UTF8.decode(value);
}
