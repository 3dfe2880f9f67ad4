/** The bytes of one file, readable by range, whether they are all here or still arriving. */

/** Offsets in bytes; `end` is exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * An open content. Who opens it disposes it.
 *
 * `read` yields the bytes of `range` in order, in chunks of any size, and nothing that is not verified: it waits for
 * pieces that are not here yet, asks for those under its position first, and moves that position as it goes. Aborting
 * `signal`, or leaving the loop, frees the position. It throws `LsdError('not-found')` when the file changed or vanished
 * under it; the bytes already given were right.
 */
export interface Content extends AsyncDisposable {
  /** bytes */
  readonly size: number;
  /** lower case, without its dot, or '' */
  readonly extension: string;
  /** The SHA-1 of the whole file was checked against its id. */
  readonly verified: boolean;
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** All bytes of a short range, where nothing has to be waited for; else undefined, and `read` gives them or says why not. */
  readNow?(range: ByteRange): Uint8Array | undefined;
}
