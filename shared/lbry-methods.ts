/** LBRY's hash table over the control interface: the daemon's node does what the command line asks. */

/** A node of the hash table. */
export interface DhtContact {
  /** 96 hex digits */
  nodeId: string;
  /** IPv4 */
  address: string;
  udpPort: number;
}

/** Who announced a key. */
export interface DhtPeer {
  nodeId: string;
  /** IPv4 */
  address: string;
  tcpPort: number;
}

/** `not-configured` where the daemon has no hash table: LBRY is off, or `--no-lbry-dht`. */
export interface LbryMethods {
  /** a key is 96 hex digits */
  'lbry.find': { params: { key: string }; result: { peers: DhtPeer[] } };
  /** TCP port; that of the daemon's blobs, else */
  'lbry.announce': { params: { key: string; port?: number }; result: { port: number; nodes: DhtContact[] } };
}
