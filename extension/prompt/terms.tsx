/** What the site may do beside seeing folders: download, how far files travel, local addresses, space and time. */

import type { SessionCookie } from '../../shared/cookies.ts';
import type { GrantPreview, Reach } from '../../shared/site-methods.ts';
import { bytes, day, duration, list } from '../ui/format.ts';
import { say } from '../ui/say.ts';
import { type Choice, EXPIRIES, namesStun, QUOTAS, suggestedReach } from './choice.ts';

interface TermsProps {
  preview: GrantPreview;
  session?: readonly SessionCookie[];
  choice: Choice;
  set: (part: Partial<Choice>) => void;
}

export function Terms({ preview, session = [], choice, set }: TermsProps) {
  return (
    <>
      {preview.needsLan && <LanTerms preview={preview} choice={choice} set={set} />}
      <DownloadTerms preview={preview} choice={choice} set={set} />
      <ReachTerms preview={preview} choice={choice} set={set} />
      {session.length > 0 && <CookieTerms preview={preview} session={session} choice={choice} set={set} />}
      {namesStun(preview) && <StunTerms preview={preview} choice={choice} set={set} />}
      <div class="card">
        <p class="pair">
          <label for="expiry">{say('ask.expiry')}</label>
          <ExpirySelect preview={preview} choice={choice} set={set} />
        </p>
      </div>
    </>
  );
}

interface TickProps {
  on: boolean;
  toggle: (on: boolean) => void;
  label: string;
  hint: string;
}

function Tick({ on, toggle, label, hint }: TickProps) {
  return (
    <label class="tick">
      <input type="checkbox" checked={on} onChange={event => toggle(event.currentTarget.checked)} />
      <span>
        <span class="tick-label">{label}</span>
        <span class="quiet">{hint}</span>
      </span>
    </label>
  );
}

function DownloadTerms({ preview, choice, set }: TermsProps) {
  return (
    <div class="card">
      <Tick
        on={choice.download}
        toggle={download => set({ download })}
        label={say('ask.download')}
        hint={say('ask.download.hint')}
      />
      {choice.download && (
        <p class="pair inset">
          <label for="quota">{say('ask.quota')}</label>
          <QuotaSelect preview={preview} choice={choice} set={set} />
        </p>
      )}
    </div>
  );
}

const REACHES: readonly Reach[] = ['site', 'public'];

function ReachTerms({ preview, choice, set }: TermsProps) {
  const isPublicSuggested = !preview.current && suggestedReach(preview) === 'public';
  return (
    <fieldset class="card">
      <legend>{say('ask.reach')}</legend>
      {REACHES.map(reach => (
        <label class="tick" key={reach}>
          <input type="radio" name="reach" checked={choice.reach === reach} onChange={() => set({ reach })} />
          <span>
            <span class="tick-label">{say(`ask.reach.${reach}`)}</span>
            <span class="quiet">{say(`ask.reach.${reach}.hint`)}</span>
            {reach === 'public' && isPublicSuggested && <span class="quiet">{say('ask.reach.suggested')}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function LanTerms({ preview, choice, set }: TermsProps) {
  if (preview.impliesLan) return <p class="note">{say('ask.lan.implied')}</p>;
  return (
    <div class="card card-warn">
      <Tick on={choice.lan} toggle={lan => set({ lan })} label={say('ask.lan')} hint={say('ask.lan.hint')} />
    </div>
  );
}

function CookieTerms({ preview, session = [], choice, set }: TermsProps) {
  const names = list(session.map(({ name }) => name));
  return (
    <div class="card" id="cookies">
      <Tick
        on={choice.cookies}
        toggle={cookies => set({ cookies })}
        label={say('ask.cookies')}
        hint={say('ask.cookies.hint', { names, url: preview.url })}
      />
    </div>
  );
}

function StunTerms({ preview: { stunServers = [] }, choice, set }: TermsProps) {
  return (
    <div class="card" id="stun">
      <Tick
        on={choice.stun}
        toggle={stun => set({ stun })}
        label={say('ask.stun')}
        hint={say('ask.stun.hint', { servers: list(stunServers) })}
      />
    </div>
  );
}

function QuotaSelect({ preview, choice, set }: TermsProps) {
  const now = preview.current?.quota ?? null;
  const sizes = [...new Set<number>([...QUOTAS, ...(now === null ? [] : [now])])].sort((a, b) => a - b);
  return (
    <select
      id="quota"
      value={String(choice.quota)}
      onChange={({ currentTarget: { value } }) => set({ quota: value === 'null' ? null : Number(value) })}
    >
      {sizes.map(size => (
        <option key={size} value={String(size)}>
          {bytes(size)}
        </option>
      ))}
      <option value="null">{say('ask.quota.none')}</option>
    </select>
  );
}

function ExpirySelect({ preview, choice, set }: TermsProps) {
  const now = preview.current?.expiresAt ?? null;
  return (
    <select
      id="expiry"
      value={String(choice.expires)}
      onChange={({ currentTarget: { value } }) => set({ expires: readExpiry(value) })}
    >
      {now !== null && <option value="keep">{say('ask.keep', { day: day(now) })}</option>}
      <option value="null">{say('ask.expiry.never')}</option>
      {EXPIRIES.map(ms => (
        <option key={ms} value={String(ms)}>
          {say('ask.expiry.after', { time: duration(ms / 1000) })}
        </option>
      ))}
    </select>
  );
}

function readExpiry(value: string): Choice['expires'] {
  if (value === 'keep') return 'keep';
  return value === 'null' ? null : Number(value);
}
