/** What is held, in SQL: folders, their files, downloads, torrents, and what a site may see of them. */

import type { Catalogue } from '../core/stored.ts';
import { createContents } from './catalogue-contents.ts';
import { createDownloads } from './catalogue-downloads.ts';
import { createFiles } from './catalogue-files.ts';
import { createFolders } from './catalogue-folders.ts';
import { createRot } from './catalogue-rot.ts';
import { createShared } from './catalogue-shared.ts';
import { type Database, transaction } from './database.ts';
import { createPageCache } from './page-cache.ts';
import { createVersion } from './version.ts';

export function createCatalogue(database: Database): Catalogue {
  const contents = createContents(database);
  const { dropUnheld, recordContent, ...held } = contents;
  const files = createFiles(database, contents);
  const holdPages = createPageCache(database);
  return {
    ...createFolders(database),
    ...files,
    ...createRot(database, files.forgetFile),
    ...createDownloads(database, contents),
    ...createShared(database),
    ...held,
    version: createVersion(database),
    batch(work) {
      holdPages();
      transaction(database, work);
    },
  };
}
