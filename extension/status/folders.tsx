/** The folders that are read: what is in each, who sees it, and how far the reading is. */

import type { ScanProgress } from '../../shared/daemon-methods.ts';
import type { Folder } from '../../shared/folder-methods.ts';
import { openSettings } from '../ui/browser.ts';
import { Facts } from '../ui/facts.tsx';
import { folderFacts } from '../ui/folder-facts.ts';
import { bytes, percent } from '../ui/format.ts';
import type { Home } from '../ui/home.ts';
import { MissingFolder } from '../ui/missing-folder.tsx';
import { OriginName } from '../ui/origin-name.tsx';
import type { PageProps } from '../ui/page-props.ts';
import { say } from '../ui/say.ts';
import { hashOf } from './route.ts';

export function Folders({ ui, refresh, home }: PageProps & { home: Home }) {
  const { folders, status } = home;
  return (
    <div class="cards">
      {status.scanning && <Scanning progress={status.scanning} />}
      <section class="card" aria-labelledby="folders">
        <div class="row">
          <h2 id="folders">{say('folders.title')}</h2>
          <button type="button" class="small" onClick={openSettings}>
            {say('folders.settings')}
          </button>
        </div>
        {folders.length === 0 && <p class="quiet">{say('folders.none')}</p>}
        <ul class="list">
          {folders.map(folder => (
            <li key={folder.id}>
              <FolderRow folder={folder} />
              {folder.state === 'missing' && (
                <MissingFolder
                  folder={folder}
                  confirm={() => ui.daemon('folder.confirm', { path: folder.path }).then(refresh)}
                />
              )}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

/** Of all folders together. */
function Scanning({ progress }: { progress: ScanProgress }) {
  return (
    <section class="card" aria-labelledby="scan-title">
      <div class="row">
        <h2 id="scan-title">{say('folders.scanning')}</h2>
        <span class="quiet">{leftOf(progress)}</span>
      </div>
      <progress max={progress.total} value={progress.done} aria-labelledby="scan-title" />
    </section>
  );
}

/** Without a number while it is not known yet what is new there. */
function Reading({ folder: { path, reading } }: { folder: Folder }) {
  const label = `${say('folders.scanning')}: ${path}`;
  if (!reading) return <progress aria-label={label} />;
  return (
    <div class="row">
      <progress max={reading.total} value={reading.done} aria-label={label} />
      <span class="quiet">{leftOf(reading)}</span>
    </div>
  );
}

function leftOf({ done, total }: ScanProgress): string {
  return say('folders.scanning.left', { percent: percent(done / total), left: bytes(Math.max(0, total - done)) });
}

function FolderRow({ folder }: { folder: Folder }) {
  return (
    <>
      <div class="row">
        <bdi class="path">{folder.path}</bdi>
        <a
          href={hashOf({ view: 'files', within: String(folder.id) })}
          aria-label={say('folders.files.of', { path: folder.path })}
        >
          {say('folders.files')}
        </a>
      </div>
      <Facts facts={folderFacts(folder)} />
      {folder.state === 'scanning' && <Reading folder={folder} />}
      <p class="quiet shared-with">
        {say('folders.shared')} {folder.everyone && <strong>{say('folders.everyone')}</strong>}
        {!folder.everyone && folder.sites.length === 0 && say('folders.private')}
        {!folder.everyone && folder.sites.map(origin => <OriginName key={origin} origin={origin} />)}
      </p>
    </>
  );
}
