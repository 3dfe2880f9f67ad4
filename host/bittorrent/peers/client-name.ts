/** Which program a peer says it is, by its peer id (BEP 20, in the manner of Azureus: `-qB4650-`). */

const PROGRAMS: Readonly<Record<string, string>> = {
  A2: 'aria2',
  AZ: 'Vuze',
  BI: 'BiglyBT',
  DE: 'Deluge',
  KT: 'KTorrent',
  LS: 'Lets Share Data',
  LT: 'libtorrent',
  TR: 'Transmission',
  UM: 'µTorrent',
  UT: 'µTorrent',
  WW: 'WebTorrent',
  WD: 'WebTorrent Desktop',
  lt: 'rTorrent',
  qB: 'qBittorrent',
};

/** `peerId`: hex. `Transmission 4.0.6`; '' for programs that are not in the table: their names are a stranger's word. */
export function clientName(peerId: string | undefined): string {
  const text = Buffer.from(peerId ?? '', 'hex').toString('latin1', 0, 8);
  const [, code = '', version = ''] = /^-([A-Za-z0-9]{2})([0-9A-Za-z]{4})-$/.exec(text) ?? [];
  const name = Object.hasOwn(PROGRAMS, code) ? PROGRAMS[code] : undefined;
  if (name === undefined) return '';
  const parts = [...version].map(digit => Number.parseInt(digit, 36)).join('.');
  return `${name} ${parts.replace(/\.0$/, '')}`;
}
