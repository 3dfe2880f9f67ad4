/** The UDP socket of a node. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type ListeningDeps, listenAlong } from '../listening.ts';
import type { DatagramSocket } from './rpc.ts';

export interface UdpSocket extends DatagramSocket, AsyncDisposable {
  /** that it is bound to */
  readonly port: number;
}

/** IPv4, as the network is. `port`: 0 is any. Throws what the system says where it is taken. */
export async function openUdp(options: { address: string; port: number }): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  socket.bind(options.port, options.address);
  await once(socket, 'listening'); // rejects with what is wrong
  // A datagram that the system does not take is one that is lost: the question for it ends in time.
  socket.on('error', () => {});
  return {
    port: socket.address().port,
    send: (bytes, address, port) => socket.send(bytes, port, address, () => {}),
    onDatagram: listener => void socket.on('message', (bytes, from) => listener(bytes, from.address, from.port)),
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** One that is at LBRY's own address as long as there is one. What is sent while there is none is lost. */
export async function openUdpAlong(deps: ListeningDeps): Promise<UdpSocket> {
  const listeners: Parameters<UdpSocket['onDatagram']>[0][] = [];
  const listening = await listenAlong(deps, async at => {
    const socket = await openUdp(at);
    socket.onDatagram((...datagram) => {
      for (const listener of listeners) listener(...datagram);
    });
    return socket;
  });
  return {
    port: listening.port,
    send: (...datagram) => listening.current?.send(...datagram),
    onDatagram: listener => void listeners.push(listener),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
