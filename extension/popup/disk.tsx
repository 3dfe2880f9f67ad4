/** How much room the disk has for downloads, and how much of it they leave alone. */

import type { DaemonStatus } from '../../shared/daemon-methods.ts';
import { bytes } from '../ui/format.ts';
import { say } from '../ui/say.ts';

type Room = Pick<DaemonStatus, 'free' | 'keptFree'>;

export function Disk({ free, keptFree }: Room) {
  return (
    <section aria-labelledby="disk">
      <h2 id="disk">{say('popup.disk')}</h2>
      <p class={free < keptFree ? 'bad' : 'quiet'}>{roomSentence({ free, keptFree })}</p>
    </section>
  );
}

function roomSentence({ free, keptFree }: Room): string {
  const amounts = { free: bytes(free), kept: bytes(keptFree) };
  if (free < keptFree) return say('popup.disk.full', amounts);
  if (keptFree > 0) return say('popup.disk.kept', amounts);
  return say('popup.disk.free', { free: bytes(free) });
}
