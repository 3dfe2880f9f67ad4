/** The sites that have access: what each may do, and its way out. */

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { SiteInfo } from '../../shared/site-methods.ts';
import { useAct } from './act.ts';
import { Facts } from './facts.tsx';
import { bytes, day } from './format.ts';
import { OriginName } from './origin-name.tsx';
import { say } from './say.ts';
import { Code, TroubleNote } from './trouble.tsx';

/** `erase`: its downloads and requests too; `forget`: the site is asked to, first */
export type Revoke = (origin: string, how: { erase: boolean; forget: boolean }) => Promise<unknown>;

interface GrantListProps {
  sites: readonly SiteInfo[];
  revoke: Revoke;
  /** what a page shows below each */
  below?: (site: SiteInfo) => ComponentChildren;
}

export function GrantList({ sites, revoke, below }: GrantListProps) {
  if (sites.length === 0) return <p class="quiet">{say('popup.sites.none')}</p>;
  return (
    <ul class="list">
      {sites.map(site => (
        <li key={site.origin}>
          <GrantRow site={site} revoke={revoke} />
          {below?.(site)}
        </li>
      ))}
    </ul>
  );
}

export function GrantRow({ site, revoke }: { site: SiteInfo; revoke: Revoke }) {
  const asking = useSignal(false);
  return (
    <>
      <div class="row">
        <OriginName origin={site.origin} />
        {!asking.value && (
          <button
            type="button"
            class="small"
            aria-label={say('grant.revoke.of', { origin: site.origin })}
            onClick={() => {
              asking.value = true;
            }}
          >
            {say('grant.revoke')}
          </button>
        )}
      </div>
      <Facts facts={grantFacts(site)} />
      {site.problem && (
        <p class="note note-bad">
          {say(`error.${site.problem.code}`)} <Code code={site.problem.code} />
        </p>
      )}
      {asking.value && (
        <RevokeConfirm
          site={site}
          revoke={revoke}
          keep={() => {
            asking.value = false;
          }}
        />
      )}
    </>
  );
}

/** Revoking is one click here, erasing as well is the other; the way back has the focus. */
function RevokeConfirm({ site, revoke, keep }: { site: SiteInfo; revoke: Revoke; keep: () => void }) {
  const act = useAct();
  const erase = site.used > 0 ? say('grant.revoke.erase', { size: bytes(site.used) }) : say('grant.revoke.eraseNone');
  const forget = useSignal(false);
  const go = (andErase: boolean) => void act.run(() => revoke(site.origin, { erase: andErase, forget: forget.value }));
  return (
    <fieldset class="confirm" disabled={act.busy.value}>
      <legend class="hidden">{say('grant.revoke.of', { origin: site.origin })}</legend>
      <p>{say('grant.revoke.ask', { origin: site.origin })}</p>
      <label class="tick">
        <input
          type="checkbox"
          checked={forget.value}
          onChange={({ currentTarget }) => {
            forget.value = currentTarget.checked;
          }}
        />
        <span>{say('grant.revoke.forget')}</span>
      </label>
      <div class="buttons">
        <button type="button" class="small" ref={focusOnce} onClick={keep}>
          {say('keep')}
        </button>
        <button type="button" class="small danger" onClick={() => go(false)}>
          {say('grant.revoke')}
        </button>
        <button type="button" class="small danger" onClick={() => go(true)}>
          {erase}
        </button>
      </div>
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </fieldset>
  );
}

/** Module-level, so that its identity stays and Preact calls it only when the element appears. */
function focusOnce(element: HTMLElement | null): void {
  element?.focus();
}

/** What it may do, in short. */
export function rightsFacts({ folders, download, reach, lan, stun, cookies }: SiteInfo): string[] {
  return [
    folders.length === 0 ? say('noFolders') : say('folders', { n: folders.length }),
    download ? say('grant.download') : say('grant.noDownload'),
    say(`grant.${reach}`),
    ...(lan ? [say('grant.lan')] : []),
    ...(stun ? [say('grant.stun')] : []),
    ...(cookies ? [say('grant.cookies')] : []),
  ];
}

function grantFacts(site: SiteInfo): string[] {
  const { quota, used, expiresAt } = site;
  return [
    ...rightsFacts(site),
    ...(used > 0 || quota !== null ? [usedSentence(used, quota)] : []),
    say('grant.since', { day: day(site.addedAt) }),
    ...(site.lastUsedAt === null ? [] : [say('grant.lastUsed', { day: day(site.lastUsedAt) })]),
    ...(expiresAt === null ? [] : [expirySentence(expiresAt)]),
  ];
}

function usedSentence(used: number, quota: number | null): string {
  if (quota === null) return say('grant.used', { size: bytes(used) });
  return say('grant.usedOf', { size: bytes(used), quota: bytes(quota) });
}

function expirySentence(expiresAt: number): string {
  return say(expiresAt > Date.now() ? 'grant.expires' : 'grant.expired', { day: day(expiresAt) });
}
