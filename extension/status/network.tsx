/** How this home meets others: whether it can be reached, its ports, the limits that hold now, the schedule, what is blocked. */

import type { ControlView } from '../../shared/control-methods.ts';
import { clock, list, rate } from '../ui/format.ts';
import type { Home } from '../ui/home.ts';
import { LimitFields } from '../ui/limit-fields.tsx';
import type { PageProps } from '../ui/page-props.ts';
import { ReachFields } from '../ui/reach-fields.tsx';
import { say } from '../ui/say.ts';
import { reasonSentence } from '../ui/sentences.ts';
import { BlockedAddresses, BlockedFiles } from './blocked.tsx';
import { Schedule } from './schedule.tsx';

export function Network({ ui, refresh, home: { status } }: PageProps & { home: Home }) {
  return (
    <div class="cards">
      <ReachFields status={status} set={on => ui.daemon('daemon.nat', { on }).then(refresh)} />
      <section class="card" aria-labelledby="ports">
        <h2 id="ports">{say('network.ports')}</h2>
        <dl class="figures">
          <div>
            <dt>{say('network.port.peer')}</dt>
            <dd>{String(status.peer)}</dd>
          </div>
          <div>
            <dt>{say('network.port.http')}</dt>
            <dd>{String(status.http)}</dd>
          </div>
        </dl>
      </section>
      <LimitFields limits={status.limits} set={limits => ui.daemon('daemon.limits', limits).then(refresh)} />
      <InForce control={status.control} />
      <Schedule
        control={status.control}
        set={schedule => ui.daemon('control.set', { schedule: [...schedule] }).then(refresh)}
      />
      <BlockedAddresses ui={ui} refresh={refresh} lists={status.control.blocklists} />
      <BlockedFiles ui={ui} refresh={refresh} />
    </div>
  );
}

function InForce({ control }: { control: ControlView }) {
  const { now, window, next, paused, controls } = control;
  const said = (limit: number | null) => (limit === null ? say('network.none') : rate(limit));
  const machine = [
    ...(controls.pauseOnBattery ? [say('network.battery')] : []),
    ...(controls.pauseOnMetered ? [say('network.metered')] : []),
  ];
  return (
    <section class="card" aria-labelledby="in-force">
      <h2 id="in-force">{say('network.now')}</h2>
      {paused && <p class="note">{reasonSentence(paused.reason)}</p>}
      <p>{say('network.now.down', { rate: said(now.down) })}</p>
      <p>{say('network.now.up', { rate: said(now.up) })}</p>
      {window && <p class="quiet">{say('network.window')}</p>}
      {next !== null && <p class="quiet">{say('network.next', { time: clock(next) })}</p>}
      <p class="quiet">
        {say('network.machine', { when: machine.length === 0 ? say('network.never') : list(machine) })}
      </p>
    </section>
  );
}
