/** The popup's head: a state word and its cause, the rates, the reading of folders, and the one switch for all. */

import type { RateHistory } from '../../shared/browse.ts';
import type { DaemonStatus, GatewayStatus, ScanProgress } from '../../shared/daemon-methods.ts';
import { useAct } from './act.ts';
import { bytes, rate } from './format.ts';
import type { PageProps } from './page-props.ts';
import { reachableWord } from './reachable.ts';
import { say } from './say.ts';
import { stateSentence } from './sentences.ts';
import { Sparkline } from './sparkline.tsx';
import { TroubleNote } from './trouble.tsx';

const TONES: Readonly<Record<DaemonStatus['state'], 'good' | 'busy' | 'quiet' | 'bad'>> = {
  starting: 'busy',
  idle: 'good',
  scanning: 'busy',
  active: 'good',
  paused: 'quiet',
  offline: 'quiet',
  error: 'bad',
};

/** Names of programs are the same in every language. */
const GATEWAYS: Readonly<Record<GatewayStatus['name'], string>> = {
  confluence: 'Confluence',
  resttorrent: 'RestTorrent',
  lbry: 'LBRY',
};

interface StateHeadProps extends PageProps {
  status: DaemonStatus;
  /** of the last minutes, where there is no chart beside it */
  history?: RateHistory | null;
}

export function StateHead({ ui, refresh, status, history }: StateHeadProps) {
  const act = useAct();
  const { word, cause } = stateSentence(status);
  const paused = status.state === 'paused';
  const toggle = () => act.run(() => ui.daemon(paused ? 'daemon.resume' : 'daemon.pause', {}).then(refresh));
  return (
    <section class="state" data-tone={TONES[status.state]} aria-labelledby="state-word">
      <div class="row">
        <h1 id="state-word" aria-live="polite">
          <span class="dot" aria-hidden="true" />
          {word}
        </h1>
        <button type="button" class="small" disabled={act.busy.value} onClick={() => void toggle()}>
          {paused ? say('popup.resume') : say('popup.pause')}
        </button>
      </div>
      <p>{cause}</p>
      <Rates status={status} />
      {history && <Sparkline history={history} />}
      {status.reachable.state !== 'unknown' && <p class="quiet">{reachableWord(status.reachable)}</p>}
      {status.gateways.map(gateway => (
        <p key={gateway.name} class="quiet">
          {say('popup.gateway', { name: GATEWAYS[gateway.name], port: String(gateway.port) })}
        </p>
      ))}
      {status.scanning && <Scanning progress={status.scanning} />}
      {act.failed.value && <TroubleNote error={act.failed.value} />}
    </section>
  );
}

function Rates({ status }: { status: DaemonStatus }) {
  return (
    <dl class="rates">
      <div>
        <dt>{say('popup.down')}</dt>
        <dd>{rate(status.rates.down)}</dd>
      </div>
      <div>
        <dt>{say('popup.up')}</dt>
        <dd>{rate(status.rates.up)}</dd>
      </div>
    </dl>
  );
}

function Scanning({ progress }: { progress: ScanProgress }) {
  return (
    <div class="scan">
      <label for="scan">{say('popup.scanning')}</label>
      <span class="quiet">
        {say('popup.scanning.of', { done: bytes(progress.done), total: bytes(progress.total) })}
      </span>
      <progress id="scan" max={Math.max(1, progress.total)} value={progress.done} />
    </div>
  );
}
