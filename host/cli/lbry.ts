/** Commands for LBRY: what its formats need no daemon for, and the methods of the daemon's JSON-RPC. */

import { open, readFile, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { LsdError } from '../../shared/errors.ts';
import { type BlobSource, readBlobHash } from '../lbry/blob.ts';
import { openBlobFolder } from '../lbry/blob-folder.ts';
import { readValue, showTransaction, showValue } from '../lbry/claims/show.ts';
import { formatUrl, parseUrl } from '../lbry/claims/url.ts';
import { blobsOfPeers } from '../lbry/exchange/named-peers.ts';
import { listenBlobs } from '../lbry/exchange/server.ts';
import { createBlobWorkers } from '../lbry/off-thread/blob-workers.ts';
import { decodeDescriptor } from '../lbry/stream/descriptor.ts';
import { safeNameOf, textOfHex } from '../lbry/stream/file-name.ts';
import { type MadeStream, makeStream } from '../lbry/stream/make.ts';
import { fetchDescriptor, openStream } from '../lbry/stream/open.ts';
import { rebuildFile } from '../lbry/stream/rebuild.ts';
import { showStream } from '../lbry/stream/show.ts';
import { type CommonOptions, collect } from './context.ts';
import { addHashTableCommands, portOf } from './lbry-dht.ts';
import { addRpcMethods } from './lbry-rpc.ts';
import { showRecord } from './output.ts';
import { say } from './say.ts';

/** Nothing calls these off but the end of the process. */
const { signal } = new AbortController();

export function addLbryCommands(lbry: Command): void {
  const command = (usage: string, description: string) =>
    lbry.command(usage).description(description).option('--json', say('help.json'));

  command('stream', say('help.lbry.stream'))
    .argument('<file>')
    .option('--descriptor <file>', say('help.lbry.stream.descriptor'))
    .option('--blobs <dir>', say('help.lbry.stream.blobs'))
    .action(stream);

  command('rebuild', say('help.lbry.rebuild'))
    .argument('<sd-hash>')
    .option('--blobs <dir>', say('help.lbry.rebuild.blobs'))
    .option('--peer <host:port>', say('help.lbry.rebuild.peer'), collect)
    .option('--to <dir>', say('help.lbry.rebuild.to'), '.')
    .action(rebuild);

  command('serve', say('help.lbry.serve'))
    .argument('<dir>')
    .option('--address <addr>', say('help.lbry.serve.address'), '127.0.0.1')
    .option('--port <port>', say('help.lbry.serve.port'), '4444')
    .action(serve);

  command('descriptor', say('help.lbry.descriptor'))
    .argument('<file>')
    .action(async (path: string, options: CommonOptions) => {
      const bytes = await readFile(path);
      showRecord(options, showStream(bytes, decodeDescriptor(bytes)));
    });

  addClaimCommands(command);
  addHashTableCommands(lbry);
  addRpcMethods(lbry);
}

function addClaimCommands(command: (usage: string, description: string) => Command): void {
  command('claim', say('help.lbry.claim'))
    .argument('<value>')
    .action((text: string, options: CommonOptions) => showRecord(options, showValue(readValue(text))));

  command('transaction', say('help.lbry.transaction'))
    .argument('<transaction>')
    .option('--channel <transaction>', say('help.lbry.transaction.channel'))
    .action((hex: string, options: CommonOptions & { channel?: string }) =>
      showRecord(options, showTransaction(hex, options.channel)),
    );

  command('url', say('help.lbry.url'))
    .argument('<url>')
    .action((text: string, options: CommonOptions) => {
      const url = parseUrl(text);
      showRecord(options, { url: formatUrl(url), ...url });
    });
}

async function stream(path: string, options: CommonOptions & { descriptor?: string; blobs?: string }): Promise<void> {
  const made = await withNewFile(options.descriptor, () => madeStream(path, options.blobs));
  showRecord(options, showStream(made.sdBlob, made.descriptor, made.size));
}

async function madeStream(path: string, folder: string | undefined): Promise<MadeStream> {
  const blobs = folder === undefined ? undefined : openBlobFolder(folder);
  await using workers = createBlobWorkers();
  const made = await makeStream(path, blobs ? { onBlob: blob => blobs.put(blob) } : {}, workers, signal);
  await blobs?.put({ hash: made.sdHash, bytes: made.sdBlob });
  return made;
}

/** The file is made before the work, which may take hours, and is never another that is there. */
async function withNewFile(path: string | undefined, work: () => Promise<MadeStream>): Promise<MadeStream> {
  if (path === undefined) return work();
  await using file = await open(path, 'wx');
  try {
    const made = await work();
    await file.writeFile(made.sdBlob);
    return made;
  } catch (thrown) {
    await rm(path, { force: true });
    throw thrown;
  }
}

interface RebuildOptions extends CommonOptions {
  blobs?: string;
  peer?: string[];
  to: string;
}

async function rebuild(sdHash: string, { blobs, peer = [], to, ...options }: RebuildOptions): Promise<void> {
  const hash = readBlobHash(sdHash);
  if (blobs === undefined && peer.length === 0)
    throw new LsdError('invalid', 'Say where the blobs are: with --blobs DIR, --peer HOST:PORT, or both.');
  await using workers = createBlobWorkers();
  await using peers = blobsOfPeers(peer.map(peerOf), workers);
  const folder = blobs === undefined ? undefined : openBlobFolder(blobs);
  const source: BlobSource = {
    get: async (hash, signal) => (await folder?.get(hash, signal)) ?? peers.get(hash, signal),
  };
  const descriptor = await fetchDescriptor(hash, source, signal);
  await using content = await openStream(descriptor, source, signal);
  const name = safeNameOf(textOfHex(descriptor.suggestedFileName));
  const path = await rebuildFile(content, to, name, signal);
  showRecord(options, { download_path: path, total_bytes: content.size });
}

function peerOf(text: string): { address: string; tcpPort: number } {
  const match = /^([^:\s]+):(\d{1,5})$/.exec(text);
  if (match) return { address: match[1]!, tcpPort: portOf(match[2]!, 1) };
  throw new LsdError('invalid', `"${text}" is no peer: it must be HOST:PORT.`);
}

/** Until the process ends. */
async function serve(folder: string, options: CommonOptions & { address: string; port: string }): Promise<void> {
  const { address } = options;
  const port = portOf(options.port, 0);
  const blobs = openBlobFolder(folder);
  const server = await listenBlobs({ address, port, blobs, paymentAddress: '', mayServe: () => true });
  showRecord(options, { address, port: server.port });
}
