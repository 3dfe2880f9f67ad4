/**
 * Binds what goes out of this process to one address. WebTorrent, the trackers, the DHT and undici each open sockets of
 * their own, and none takes a local address; but every one of them passes `net.Socket.connect` or `dgram.Socket.bind`
 * (which `send` calls for a socket that has no address yet). WebRTC's sockets are native: they get the address by
 * `bindAddress` (announce.ts), names are asked of the system's resolver, and the process itself does not live while the
 * address is gone (engine-host.ts).
 * The kernel refuses an address that this machine has not, or of the other family: what cannot be bound does not leave.
 * test/host/bittorrent/engine/bound.test.ts counts the packets.
 */

import { Socket as UdpSocket } from 'node:dgram';
import { isIP, Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Once a process, before the first socket. */
export function bindEverySocket(address: string): void {
  bindTcp(address);
  bindUdp(address);
}

function bindTcp(address: string): void {
  // A name is looked up in the one family that can be reached from here.
  const local = { localAddress: address, family: isIP(address) };
  const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;
  const bound = function (this: Socket, ...args: unknown[]): Socket {
    const [first, second, ...rest] = args;
    // Node itself hands over its arguments in an array that it marks.
    if (Array.isArray(first)) {
      if (isRemote(first[0])) first[0] = { ...first[0], ...local };
      return connect.apply(this, args);
    }
    if (isRemote(first)) return connect.call(this, { ...first, ...local }, ...args.slice(1));
    if (!isPort(first)) return connect.apply(this, args);
    if (typeof second === 'string') return connect.call(this, { port: first, host: second, ...local }, ...rest);
    return connect.call(this, { port: first, ...local }, ...args.slice(1));
  };
  Object.assign(Socket.prototype, { connect: bound });
}

/** Not a path: those are of this machine. */
function isRemote(options: unknown): options is object {
  return typeof options === 'object' && options !== null && !('path' in options && options.path);
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
}

function bindUdp(address: string): void {
  const bind = UdpSocket.prototype.bind as (this: UdpSocket, ...args: unknown[]) => UdpSocket;
  const bound = function (this: UdpSocket, ...args: unknown[]): UdpSocket {
    const listener = args.find(each => typeof each === 'function');
    const [first, second] = args;
    const given =
      typeof first === 'object' && first !== null
        ? first
        : { port: isPort(first) ? Number(first) : 0, address: second };
    return bind.call(this, { ...given, address: localOf(given, address) }, listener);
  };
  Object.assign(UdpSocket.prototype, { bind: bound });
}

/** A group is heard at its own address; what is said to it goes by the interface that its socket was given. */
function localOf(options: object, address: string): string {
  const asked = 'address' in options ? options.address : undefined;
  const isGroup = typeof asked === 'string' && isIP(asked) && ipaddr.parse(asked).range() === 'multicast';
  return isGroup ? asked : address;
}
