/** A peer from outside: `node handshake.ts ADDRESS PORT INFOHASH` says whether its handshake was answered. */

import { connect } from 'node:net';

const [address, port, infoHash = ''] = process.argv.slice(2);
const say = (answered: boolean) => {
  process.stdout.write(`${JSON.stringify({ answered })}\n`);
  process.exit();
};
const socket = connect({ host: address, port: Number(port), timeout: 3_000 });
socket.on('error', () => say(false));
socket.on('timeout', () => say(false));
socket.on('close', () => say(false));
socket.on('data', () => say(true));
const hello = [Buffer.from([19]), Buffer.from('BitTorrent protocol'), Buffer.alloc(8)];
socket.write(Buffer.concat([...hello, Buffer.from(infoHash, 'hex'), Buffer.from('-TT0001-000000000000')]));
