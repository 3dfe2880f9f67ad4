/**
 * What the runtime itself can give: reads of a file that stays open, written to the socket; no check of the request, the
 * reader or the file. `node bench/get/bare-loop.ts FILE` prints its port.
 */

import { fstatSync, openSync, read, readSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const CHUNK_BYTES = 1_048_576;
const HEAD_BYTES = 256;
const RANGE = /\r\nrange: bytes=(\d+)-(\d+)\r\n/i;

const [, , path = ''] = process.argv;
const fd = openSync(path, 'r');
const { size } = fstatSync(fd);

/** In one write with its head, from memory that is used again. */
function answerRange(socket: Socket, free: Buffer[], start: number, end: number): void {
  const length = end - start;
  const memory = free.pop() ?? Buffer.allocUnsafeSlow(HEAD_BYTES + length);
  const head = `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes ${start}-${end - 1}/${size}\r\nContent-Length: ${length}\r\n\r\n`;
  const bytes = memory.write(head, 'latin1') + readSync(fd, memory, head.length, length, start);
  socket.write(memory.subarray(0, bytes), () => free.push(memory));
}

/** Another thread reads the next chunk while this one is written. */
async function answerWhole(socket: Socket): Promise<void> {
  const chunks = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)] as const;
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
  let upcoming = readChunk(chunks[0], 0);
  for (let at = 0, turn = 1; at < size && !socket.destroyed; turn++) {
    const chunk = await upcoming;
    at += chunk.length;
    if (at < size) upcoming = readChunk(chunks[(turn % 2) as 0 | 1], at);
    await new Promise<void>(taken => socket.write(chunk, () => taken()));
  }
}

function readChunk(memory: Buffer, position: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    read(fd, memory, 0, memory.length, position, (error, bytes) => {
      if (error) reject(error);
      else resolve(memory.subarray(0, bytes));
    });
  });
}

const server = createServer({ noDelay: true }, socket => {
  const free: Buffer[] = [];
  socket.on('error', () => socket.destroy());
  socket.on('data', request => {
    const [, start, last] = RANGE.exec(request.toString('latin1')) ?? [];
    if (start !== undefined && last !== undefined) answerRange(socket, free, Number(start), Number(last) + 1);
    else answerWhole(socket).catch(() => socket.destroy());
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
