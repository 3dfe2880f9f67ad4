/** Commands for LBRY: what its formats need no daemon for. */

import { open, readFile, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { readBlobHash } from '../lbry/blob.ts';
import { openBlobFolder } from '../lbry/blob-folder.ts';
import { readValue, showTransaction, showValue } from '../lbry/claims/show.ts';
import { formatUrl, parseUrl } from '../lbry/claims/url.ts';
import { decodeDescriptor } from '../lbry/stream/descriptor.ts';
import { safeNameOf, textOfHex } from '../lbry/stream/file-name.ts';
import { type MadeStream, makeStream } from '../lbry/stream/make.ts';
import { fetchDescriptor, openStream } from '../lbry/stream/open.ts';
import { rebuildFile } from '../lbry/stream/rebuild.ts';
import { showStream } from '../lbry/stream/show.ts';
import type { CommonOptions } from './context.ts';
import { addHashTableCommands } from './lbry-dht.ts';
import { showRecord } from './output.ts';
import { say } from './say.ts';

/** Nothing calls these off but the end of the process. */
const { signal } = new AbortController();

export function addLbryCommands(program: Command): void {
  const lbry = program.command('lbry').description(say('help.lbry'));
  const command = (usage: string, description: string) =>
    lbry.command(usage).description(description).option('--json', say('help.json'));

  command('stream', say('help.lbry.stream'))
    .argument('<file>')
    .option('--descriptor <file>', say('help.lbry.stream.descriptor'))
    .option('--blobs <dir>', say('help.lbry.stream.blobs'))
    .action(stream);

  command('rebuild', say('help.lbry.rebuild'))
    .argument('<sd-hash>')
    .requiredOption('--blobs <dir>', say('help.lbry.rebuild.blobs'))
    .option('--to <dir>', say('help.lbry.rebuild.to'), '.')
    .action(rebuild);

  command('descriptor', say('help.lbry.descriptor'))
    .argument('<file>')
    .action(async (path: string, options: CommonOptions) => {
      const bytes = await readFile(path);
      showRecord(options, showStream(bytes, decodeDescriptor(bytes)));
    });

  addClaimCommands(command);
  addHashTableCommands(lbry);
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
  const made = await makeStream(path, blobs ? { onBlob: blob => blobs.put(blob) } : {}, signal);
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

async function rebuild(sdHash: string, options: CommonOptions & { blobs: string; to: string }): Promise<void> {
  const blobs = openBlobFolder(options.blobs);
  const descriptor = await fetchDescriptor(readBlobHash(sdHash), blobs, signal);
  await using content = await openStream(descriptor, blobs, signal);
  const name = safeNameOf(textOfHex(descriptor.suggestedFileName));
  const path = await rebuildFile(content, options.to, name, signal);
  showRecord(options, { download_path: path, total_bytes: content.size });
}
