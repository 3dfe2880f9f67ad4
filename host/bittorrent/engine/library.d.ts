/** What this room uses of the WebTorrent library and its parts, which carry no types of their own. */

declare module 'webtorrent' {
  import type { EventEmitter } from 'node:events';
  import type { Server, Socket } from 'node:net';

  /** An abstract-chunk-store. */
  export interface ChunkStore {
    readonly chunkLength: number;
    get(index: number, options: GetOptions | null | StoreCallback, callback?: StoreCallback): void;
    put(index: number, bytes: Uint8Array, callback: (error: Error | null) => void): void;
    close(callback: (error: Error | null) => void): void;
    destroy(callback: (error: Error | null) => void): void;
  }
  export interface GetOptions {
    offset?: number;
    length?: number;
  }
  export type StoreCallback = (error: Error | null, bytes?: Uint8Array) => void;
  export type StoreFactory = new (chunkLength: number, options: { torrent: Torrent }) => ChunkStore;

  export interface Wire extends EventEmitter {
    readonly type: string;
    readonly destroyed: boolean;
    readonly amChoking: boolean;
    readonly amInterested: boolean;
    readonly peerChoking: boolean;
    readonly peerInterested: boolean;
    readonly isSeeder?: boolean;
    readonly peerPieces: { get(index: number): boolean };
    /** pieces that it gives even while it chokes (BEP 6) */
    readonly peerAllowedFastSet: number[];
    readonly peerExtensions: { dht: boolean };
    /** bytes a second, of the last five */
    uploadSpeed(): number;
    downloadSpeed(): number;
    /** bytes of blocks */
    readonly uploaded: number;
    readonly downloaded: number;
    /** 1: the handshake only; 2: RC4 */
    readonly _encryptionMethod: unknown;
    /** what the peer is asked for */
    readonly requests: { piece: number; offset: number; length: number }[];
    readonly peerRequests: { piece: number; offset: number; length: number }[];
    readonly ut_metadata?: MetadataExchange;
    readonly ut_pex?: UtPex;
    /** BEP 54; says nothing to peers that do not know it */
    readonly lt_donthave?: { donthave(index: number): void };
    extendedHandshake: Record<string, unknown>;
    /** Sends a message of an extension (BEP 10), by its name or its number at the peer; throws where the peer has none of it. */
    extended(extension: string | number, body: unknown): void;
    /** what the peer said, bdecoded */
    readonly peerExtendedHandshake: Record<string, unknown>;
    /** the peer's number for each extension that it knows */
    readonly peerExtendedMapping: Record<string, number>;
    /** hex; set once its handshake was read */
    readonly peerId?: string;
    remoteAddress?: string;
    readonly remotePort?: number;
    choke(): void;
    unchoke(): void;
    interested(): void;
    uninterested(): void;
    have(index: number): void;
    /** Calls back once: with the block, or with why it will not come. */
    request(index: number, offset: number, length: number, callback: RequestCallback): void;
    cancel(index: number, offset: number, length: number): void;
    /** BEP 6; throws where the peer does not speak it */
    reject(index: number, offset: number, length: number): void;
    readonly hasFast: boolean;
    destroy(): void;
    _push(bytes: Uint8Array): void;
    _write(bytes: Uint8Array, callback: (error: Error | null) => void): void;
    /** bytes of the message that is being read, and what takes them */
    readonly _parserSize: number;
    _parser(bytes: Uint8Array): void;
    _onRequest(index: number, offset: number, length: number): void;
    _onCancel(index: number, offset: number, length: number): void;
    _onPiece(index: number, offset: number, bytes: Uint8Array): void;
    _onReject(index: number, offset: number, length: number): void;
    _onMessage(message: Uint8Array): void;
    /** BEP 10: our number of the extension, 0 for the handshake */
    _onExtended(extension: number, bytes: Uint8Array): void;
    /** Once so many bytes are here, they go to `parser`. */
    _parse(size: number, parser: (bytes: Uint8Array) => void): void;
    /** streamx: bytes that wait to be read from the wire */
    readonly _readableState: { buffered: number; queue: { length: number } };
    /** null where the client speaks no encryption */
    readonly _encryptor: MessageStreamEncryptor | null;
    /** bytes of the peer that are not parsed yet: none, or one run of them */
    _buffer: Uint8Array[];
    _bufferSize: number;
    _processBuffer(): void;
    setInfoHash(infoHash: string): void;
  }
  /** Message stream encryption, as far as the side that was connected to goes. */
  export interface MessageStreamEncryptor {
    /** The same bytes where the connection is plain. */
    decrypt(bytes: Uint8Array): Uint8Array;
    /** the secret that both sides know */
    S: Uint8Array | null;
    /** Makes that secret, and gives our key, which is sent next. */
    generateStepB2(): Uint8Array;
  }
  /** BEP 9, of the ut_metadata package */
  export interface MetadataExchange {
    /** bytes, as the peer says; null while it has not */
    readonly _metadataSize: number | null;
    /** until it is known */
    readonly _fetching: boolean;
    setMetadata(metadata: Uint8Array): Promise<boolean>;
    /** Asks for a block of 16 KiB. */
    _request(block: number): void;
    /** The peer said that it has it, or what it gave was wrong: asks for all blocks. */
    _requestPieces(): void;
    /** A block came. */
    _onData(block: number, bytes: Uint8Array, totalSize: unknown): void;
    /** The peer does not give a block: it is asked for it again, so often and no more. */
    _onReject(block: number): void;
  }
  /** BEP 11, of the ut_pex package; addresses are `host:port` */
  export interface UtPex {
    addPeer(address: string, flags: Record<string, boolean>): void;
    addPeer6(address: string, flags: Record<string, boolean>): void;
    dropPeer(address: string): void;
    dropPeer6(address: string): void;
    onMessage(message: Uint8Array): void;
    _sendMessage(): void;
    _lastMessageTimestamp: number;
  }
  /** A streamx transform of a connection, which WebTorrent makes by its speed-limiter. */
  export interface Throttle extends EventEmitter {
    readonly destroying: boolean;
    _transform(chunk: Uint8Array, done: (error?: Error) => void): void;
    push(chunk: Uint8Array): void;
  }
  export interface ThrottleGroup {
    throttle(): Throttle;
    destroy(): void;
  }
  export type RequestCallback = (error: Error | null, bytes?: Uint8Array) => void;
  export interface Peer extends EventEmitter {
    /** what its throttles were made by */
    readonly throttleGroups: object;
    readonly id: string;
    readonly conn: Socket | null;
    readonly wire: Wire | null;
    readonly connected: boolean;
    /** set once the BitTorrent handshake was seen */
    readonly _handshakeDone?: boolean;
    retries: number;
    /** Between its connection and its wire, which is made just before. */
    setThrottlePipes(): void;
    destroy(error?: Error): void;
  }

  export interface AddOptions {
    private?: boolean;
    storeCacheSlots: number;
    skipVerify?: boolean;
    bitfield?: Uint8Array;
    deselect?: boolean;
    /** false = nobody is served */
    uploads?: number | false;
    maxWebConns?: number;
  }
  export class Torrent extends EventEmitter {
    infoHash: string;
    infoHashHash?: string;
    readonly client: WebTorrent;
    readonly ready: boolean;
    readonly done: boolean;
    readonly destroyed: boolean;
    readonly paused: boolean;
    readonly private?: boolean;
    readonly wires: Wire[];
    readonly numPeers: number;
    readonly downloadSpeed: number;
    readonly uploadSpeed: number;
    readonly received: number;
    readonly uploaded: number;
    readonly pieceLength: number;
    readonly lastPieceLength: number;
    /** null where the piece is here */
    readonly pieces: (object | null)[];
    /** hex */
    readonly _hashes: string[];
    readonly bitfield: { get(index: number): boolean };
    readonly discovery: { destroy(callback?: () => void): void } | null;
    readonly _peers: Map<string, Peer> | null;
    /** peers that it lets be unchoked at once */
    _rechokeNumSlots: number;
    /** addresses that wait to be dialled */
    readonly _queue: unknown[] | null;
    metadata: Uint8Array | null;
    _store: StoreFactory;
    addPeer(peer: string | { destroy(): void }, source?: string): boolean;
    addWebSeed(url: string): void;
    removePeer(peer: string | Peer): void;
    /** asks its peers for what is to be asked for now: all of them, or one */
    _update(): void;
    _updateWire(wire: Wire): void;
    _updateWireInterest(wire: Wire): void;
    _markVerified(index: number): void;
    _markUnverified(index: number): void;
    /** what is here as it starts, a bit a piece; taken when the metadata is */
    _startupBitfield?: Uint8Array;
    _checkDone(): void;
    /** what a peer is told first */
    _hasAllPieces(): boolean;
    _hasNoPieces(): boolean;
    pause(): void;
    resume(): void;
    destroy(options: object, callback: () => void): void;
    _onMetadata(metadata: unknown): Promise<void>;
    _addPeer(peer: string | { destroy(): void }, type: 'tcp' | 'utp', source: string | undefined): Peer | null;
    _addIncomingPeer(peer: object): void;
  }

  export interface ConnPool {
    _onConnection(connection: Socket, type: 'tcp' | 'utp'): void;
    readonly tcpServer: Server;
  }

  export default class WebTorrent extends EventEmitter {
    constructor(options: Record<string, unknown>);
    readonly peerId: string;
    readonly torrentPort: number;
    readonly destroyed: boolean;
    readonly listening: boolean;
    readonly _connPool: ConnPool;
    dht: object | false;
    maxConns: number;
    /** 0: plain; 1: encrypted, and plain where a peer that connects wants it */
    secure: number;
    add(torrentId: string | Uint8Array, options: AddOptions): Torrent;
    readonly throttleGroups: { down: ThrottleGroup; up: ThrottleGroup };
    destroy(callback: (error?: Error) => void): void;
  }
}

declare module 'webtorrent/lib/peer.js' {
  import type { Socket } from 'node:net';
  import type { Torrent, Wire } from 'webtorrent';

  const Peer: {
    createTCPIncomingPeer(
      connection: Socket,
      throttleGroups: object,
      secure: number,
    ): { readonly wire: Wire; swarm: Torrent | null };
  };
  export default Peer;
}

declare module 'node:net' {
  interface Socket {
    /** libuv's; null once the socket is closed or was sent to another process */
    readonly _handle: { readStop(): void; hasRef(): boolean; close(): void } | null;
  }
}

declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events';
  import type { Agent as HttpAgent } from 'node:http';
  import type { Agent as HttpsAgent } from 'node:https';

  export interface TrackerOptions {
    infoHash: string;
    peerId: string;
    announce: string[];
    port: number;
    userAgent: string;
    proxyOpts?: { httpAgent: HttpAgent; httpsAgent: HttpsAgent };
    getAnnounceOpts(): { uploaded: number; downloaded: number; left?: number };
  }
  /** simple-peer's, over webrtc-polyfill's RTCPeerConnection; none where that could not be made */
  export interface RtcConnection {
    readonly _pc: (EventTarget & { readonly iceGatheringState: string }) | null;
    _onIceCandidate(event: { candidate?: undefined }): void;
  }
  /** What an announce brought, of any kind of tracker; seconds. */
  export interface TrackerUpdate {
    interval?: number;
    'min interval'?: number;
    /** peers that have all of it, and that do not */
    complete?: number;
    incomplete?: number;
  }
  export class Client extends EventEmitter {
    constructor(options: TrackerOptions);
    /** WebSocket trackers make WebRTC connections */
    readonly _trackers: {
      _createPeer?(options?: object): RtcConnection;
      _onAnnounceResponse?(said: { offer?: unknown }): void;
      _generateOffers?(count: number, made: (offers: object[]) => void): void;
      /** its connection was closed, or failed */
      _startReconnectTimer?(): void;
      /** a message of a WebSocket */
      _onSocketData?(bytes: Uint8Array): void;
      /** ms between the library's own announces */
      setInterval(ms?: number): void;
    }[];
    start(): void;
    stop(): void;
    complete(): void;
    update(): void;
    destroy(callback?: () => void): void;
  }
}

declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events';

  export class Client extends EventEmitter {
    constructor(options: { bootstrap?: string[]; nodeId?: Uint8Array });
    readonly listening: boolean;
    listen(port: number, address?: string, callback?: () => void): void;
    address(): { port: number };
    addNode(node: { host: string; port: number }): void;
    /** BEP 44 */
    get(target: Uint8Array, options: GetItemOptions, callback: (error: Error | null, item: Item | null) => void): void;
    readonly nodeId: Uint8Array;
    announce(infoHash: string | Uint8Array, port: number, callback?: (error: Error | null) => void): void;
    destroy(callback?: () => void): void;
    setMaxListeners(n: number): this;
  }
  export interface GetItemOptions {
    salt?: string;
    /** Ed25519 */
    verify(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
  }
  export interface Item {
    /** bdecoded */
    v: unknown;
  }
}
