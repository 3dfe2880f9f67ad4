/** A STUN server (RFC 5389), Binding requests over IPv4 only: says to whoever asks which address it came from. */

import { createSocket } from 'node:dgram';

const MAGIC = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;

export async function startStun(address: string, port: number, onAsked = (_from: string) => {}): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    if (message.length < 20 || message.readUInt16BE(0) !== BINDING_REQUEST || message.readUInt32BE(4) !== MAGIC) return;
    onAsked(from.address);
    socket.send(bindingSuccess(message.subarray(4, 20), from.address, from.port), from.port, from.address);
  });
  await new Promise<void>(resolve => socket.bind(port, address, resolve));
}

/** `cookieAndId`: the 16 bytes after the length, which the answer repeats. */
function bindingSuccess(cookieAndId: Buffer, address: string, port: number): Buffer {
  const answer = Buffer.alloc(32);
  answer.writeUInt16BE(BINDING_SUCCESS, 0);
  answer.writeUInt16BE(12, 2);
  cookieAndId.copy(answer, 4);
  answer.writeUInt16BE(XOR_MAPPED_ADDRESS, 20);
  answer.writeUInt16BE(8, 22);
  answer.writeUInt16BE(0x0001, 24);
  answer.writeUInt16BE(port ^ (MAGIC >>> 16), 26);
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  answer.writeUInt32BE((number ^ MAGIC) >>> 0, 28);
  return answer;
}
