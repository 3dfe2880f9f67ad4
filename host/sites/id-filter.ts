/** Takes the long list of ids out of a JSON reply while it arrives, so that the reply is never held as a whole. */

import { LsdError } from '../../shared/errors.ts';
import type { IdList } from './id-list.ts';

/** bytes of a reply beside its ids */
const MAX_REST = 16 * 1_048_576;
/** Where the list stands: in the envelope, or in a bare reply. */
const PLACES = {
  ids: ['', 'data', 'ids', 'data.ids'],
  update: ['update', 'data.update'],
} as const;
/** an id and its quotes */
const ID_LENGTH = 42;
/** Of deeper places only the depth is known. */
const MAX_DEPTH = 4;

const [QUOTE, BACKSLASH, COMMA, COLON] = [...'"\\,:'].map(sign => sign.charCodeAt(0));
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'[]{}'].map(sign => sign.charCodeAt(0));
const SPACES = new Set([...' \t\r\n'].map(sign => sign.charCodeAt(0)));

export interface IdFilter {
  write(chunk: Uint8Array): void;
  /** The rest of the reply: JSON exactly where the whole was; ids that follow each other have become one "". */
  end(): string;
}

export function createIdFilter(field: keyof typeof PLACES, ids: IdList): IdFilter {
  const places: readonly string[] = PLACES[field];
  const rest = createRest();
  /** of each open list or object: null, or the object's key that was read last */
  const open: (string | null)[] = [];
  let depth = 0;
  let isInList = false;
  let string: 'none' | 'value' | 'key' = 'none';
  let isEscaped = false;
  let expectsKey = false;
  /** an id was taken just now, and after it perhaps a comma */
  let after: 'other' | 'id' | 'comma' = 'other';
  let carried = new Uint8Array();

  function enter(key: string | null): void {
    if (depth < MAX_DEPTH) open[depth] = key;
    depth++;
    expectsKey = key !== null;
    locate();
  }

  function leave(): void {
    depth = Math.max(0, depth - 1);
    expectsKey = false;
    locate();
  }

  function locate(): void {
    const path = open.slice(0, depth);
    isInList =
      depth > 0 && depth <= MAX_DEPTH && path.pop() === null && !path.includes(null) && places.includes(path.join('.'));
  }

  const isInObject = () => depth > 0 && depth <= MAX_DEPTH && open[depth - 1] !== null;

  function readString(byte: number): void {
    rest.add(byte);
    if (isEscaped) isEscaped = false;
    else if (byte === BACKSLASH) isEscaped = true;
    else if (byte === QUOTE) {
      string = 'none';
      return;
    }
    if (string === 'key') open[depth - 1] = `${open[depth - 1]}${String.fromCharCode(byte)}`.slice(0, 16);
  }

  function beginString(): void {
    string = 'value';
    if (!isInObject() || !expectsKey) return;
    string = 'key';
    expectsKey = false;
    open[depth - 1] = '';
  }

  /** A byte outside of strings. */
  function readSign(byte: number): void {
    if (after !== 'other') {
      if (SPACES.has(byte)) return;
      if (after === 'id' && byte === COMMA) {
        after = 'comma';
        return;
      }
      if (after === 'comma') rest.add(COMMA!);
      after = 'other';
    }
    rest.add(byte);
    if (byte === QUOTE) beginString();
    else if (byte === OPEN_OBJECT) enter('');
    else if (byte === OPEN_LIST) enter(null);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) leave();
    else if (byte === COMMA) expectsKey = isInObject();
    else if (byte === COLON) expectsKey = false;
  }

  function takeId(bytes: Uint8Array, at: number): boolean {
    if (!ids.pushDigits(bytes, at + 1)) return false;
    // Two of them without a comma between stay what they are: no JSON.
    if (after !== 'comma') {
      rest.add(QUOTE!);
      rest.add(QUOTE!);
    }
    after = 'id';
    return true;
  }

  function read(bytes: Uint8Array, isLast: boolean): void {
    let at = 0;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (string !== 'none') readString(byte);
      else if (byte === QUOTE && isInList) {
        if (!isLast && bytes.length - at < ID_LENGTH) break;
        if (takeId(bytes, at)) {
          at += ID_LENGTH;
          continue;
        }
        readSign(byte);
      } else readSign(byte);
      at++;
    }
    carried = Uint8Array.from(bytes.subarray(at));
  }

  return {
    write(chunk) {
      read(carried.length > 0 ? Buffer.concat([carried, chunk]) : chunk, false);
    },
    end() {
      read(carried, true);
      if (after === 'comma') rest.add(COMMA!);
      return rest.text();
    },
  };
}

/** Bytes one by one, in pieces. */
function createRest() {
  const full: Buffer[] = [];
  let piece = Buffer.allocUnsafeSlow(4096);
  let length = 0;
  return {
    add(byte: number) {
      if (length === piece.length) {
        full.push(piece);
        if (full.length * length > MAX_REST) {
          throw new LsdError(
            'site-error',
            `The answer is larger than the ${MAX_REST / 1_048_576} MiB allowed beside its ids.`,
          );
        }
        piece = Buffer.allocUnsafeSlow(length);
        length = 0;
      }
      piece[length++] = byte;
    },
    text: () => new TextDecoder().decode(Buffer.concat([...full, piece.subarray(0, length)])),
  };
}
