/** The reference site with a STUN server beside it, in a namespace: `node archive.ts ADDRESS PERSON…`. Says who asks the latter. */

import { openArchive } from '../../world/site.ts';
import { startStun } from './stun.ts';

const PORT = 8000;
const STUN_PORT = 3478;

const [address = '', ...people] = process.argv.slice(2);
const say = (said: object) => process.stdout.write(`${JSON.stringify(said)}\n`);

const archive = await openArchive({
  people,
  port: PORT,
  publicUrl: `http://${address}:${PORT}/`,
  stun: [`stun:${address}:${STUN_PORT}`],
});
await startStun(address, STUN_PORT, from => say({ service: 'stun', from }));
say({ ready: true, origin: archive.origin });
