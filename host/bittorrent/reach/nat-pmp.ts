/** NAT-PMP (RFC 6886): asks the gateway to pass a TCP port of its public address on to this machine. */

import { createSocket, type Socket } from 'node:dgram';
import type { MapPort } from './nat.ts';
import { MappingError } from './nat.ts';

const SERVER_PORT = 5351;
const EXTERNAL_ADDRESS = 0;
const MAP_TCP = 2;
/** ms; the RFC doubles from 250 nine times over, which is two minutes */
const TRIES_MS = [250, 500, 1_000, 2_000];

export function createNatPmp(gatewayOf: (via: string | null) => Promise<string | undefined>): MapPort {
  return async ({ port, lifetime, via }) => {
    const gateway = await gatewayOf(via);
    if (!gateway) throw new MappingError('no-router', 'no gateway is known');
    const socket = createSocket('udp4');
    try {
      await connect(socket, gateway, via);
      const mapped = await ask(socket, mapRequest(port, lifetime));
      if (lifetime === 0) return { address: '', lifetime: 0 };
      const external = mapped.readUInt16BE(10);
      if (external !== port) {
        await ask(socket, mapRequest(port, 0));
        throw new MappingError('router-refused', `the router offers port ${external} instead of ${port}`);
      }
      const answer = await ask(socket, Buffer.from([0, EXTERNAL_ADDRESS]));
      return { address: answer.subarray(8, 12).join('.'), lifetime: mapped.readUInt32BE(12) };
    } finally {
      socket.close();
    }
  };
}

function connect(socket: Socket, gateway: string, via: string | null): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    // A connected socket hears nobody else.
    const dial = () => socket.connect(SERVER_PORT, gateway, resolve);
    if (via === null) dial();
    else socket.bind({ address: via }, dial);
  });
}

function mapRequest(port: number, lifetime: number): Buffer {
  const request = Buffer.alloc(12);
  request.writeUInt8(MAP_TCP, 1);
  request.writeUInt16BE(port, 4);
  // To end a mapping the external port is 0 as well.
  request.writeUInt16BE(lifetime === 0 ? 0 : port, 6);
  request.writeUInt32BE(lifetime, 8);
  return request;
}

async function ask(socket: Socket, request: Buffer): Promise<Buffer> {
  const opcode = request.readUInt8(1);
  const length = opcode === MAP_TCP ? 16 : 12;
  for (const ms of TRIES_MS) {
    const answer = await hear(socket, request, ms, message => {
      return message.length >= length && message[0] === 0 && message[1] === 128 + opcode;
    });
    if (!answer) continue;
    const result = answer.readUInt16BE(2);
    if (result === 0) return answer;
    throw new MappingError('router-refused', `NAT-PMP says ${result}`);
  }
  throw new MappingError('no-router', 'NAT-PMP: no answer');
}

/** Undefined: silence. */
function hear(
  socket: Socket,
  request: Buffer,
  ms: number,
  isAnswer: (message: Buffer) => boolean,
): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    const done = (answer?: Buffer) => {
      clearTimeout(timer);
      socket.off('message', onMessage).off('error', onError);
      resolve(answer);
    };
    const onMessage = (message: Buffer) => {
      if (isAnswer(message)) done(message);
    };
    // A gateway without it may say so by ICMP; it may also just be starting.
    const onError = () => {};
    const timer = setTimeout(done, ms);
    socket.on('message', onMessage).on('error', onError);
    socket.send(request);
  });
}
