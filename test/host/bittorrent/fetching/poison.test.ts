/** Who is banned for wrong pieces, and who is not. */

import { expect, it } from 'vitest';
import { watchPoison } from '../../../../host/bittorrent/fetching/poison.ts';

const [LIAR, HONEST, OTHER] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];

function watched() {
  const banned: string[] = [];
  // It reads the connections alone.
  const torrent = { wires: [] } as unknown as Parameters<typeof watchPoison>[0];
  const poison = watchPoison(torrent, host => banned.push(host));
  return {
    banned,
    wrong: (...hosts: string[]) => poison.wrong(new Set(hosts)),
    right: (...hosts: string[]) => poison.right(new Set(hosts)),
  };
}

it('bans at once who sent a whole piece that was wrong', () => {
  const { banned, wrong, right } = watched();
  right(LIAR);
  wrong(LIAR);
  expect(banned).toEqual([LIAR]);
});

it('bans who had a part in three wrong pieces, and not those who had a part in right ones', () => {
  const { banned, wrong, right } = watched();
  for (let n = 0; n < 5; n++) right(HONEST);
  for (let n = 0; n < 2; n++) wrong(LIAR, HONEST);
  expect(banned).toEqual([]);
  wrong(LIAR, HONEST);
  expect(banned).toEqual([LIAR]);
});

it('bans nobody while all who had a part are alike, until one of them shows itself', () => {
  const { banned, wrong } = watched();
  for (let n = 0; n < 10; n++) wrong(LIAR, HONEST);
  expect(banned).toEqual([]);
  wrong(LIAR, OTHER);
  expect(banned).toEqual([LIAR]);
});
