/** Downloads lie in no folder that is watched: what became of them while nothing ran is looked at once, at the start. */

import { lstat } from 'node:fs/promises';
import { unchanged } from '../core/ports.ts';
import type { Catalogue } from '../core/stored.ts';
import { stampOf } from '../platform/files.ts';
import { isGone } from './gone.ts';

export interface DownloadsDeps {
  catalogue: Pick<Catalogue, 'downloads'>;
  suspect(path: string): void;
  signal: AbortSignal;
}

export async function suspectDownloads({ catalogue, suspect, signal }: DownloadsDeps): Promise<void> {
  for (const { path, stamp } of catalogue.downloads()) {
    const isAsItWas = await lstat(path, { bigint: true }).then(
      now => now.isFile() && unchanged(stampOf(now), stamp),
      // What cannot be read now is not taken for deleted.
      thrown => !isGone(thrown),
    );
    if (signal.aborted) return;
    if (!isAsItWas) suspect(path);
  }
}
