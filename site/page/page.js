/** The archive's page: its films, for each where it is, and the player. */
const $ = selector => document.querySelector(selector);

// What a page needs to use LSD: the next 15 lines.
const ready = new Promise(resolve => {
  addEventListener('lsd#ready', () => resolve(window.lsd));
  dispatchEvent(new Event('lsd#request')); // an LSD that came first says lsd#ready again
  setTimeout(resolve, 1000); // a visitor without LSD: undefined
});
async function connect(lsd, token) {
  await lsd.config({ token }); // the first time, LSD asks the visitor what to share
  return lsd.sync({}); // tells this site's API which films the visitor holds
}
function play(lsd, video, id, tell) {
  video.addEventListener('lsd#playback', ({ detail }) => tell(detail)); // playing, waiting or failed, and why
  return lsd.play(video, id); // from the visitor's own machine, by whatever way the browser leaves
}

const BUTTONS = { here: 'Play', arriving: 'Play', 'at others': 'Get', nowhere: 'Ask for it' };
let [lsd, user, films, items, scanning] = [undefined, '', [], new Map()]; // lsd once connected; items by id

async function api(action, data = {}) {
  const body = new URLSearchParams({ action, data: JSON.stringify(data) });
  const { status, data: result } = await (await fetch('api/', { method: 'POST', body })).json();
  if (status.code !== 200) throw new Error(status.text);
  return result;
}

/** What a button does; a failure is told in the page. */
const attempt = work => async event => {
  event?.preventDefault();
  $('#message').textContent = '';
  await work(event).catch(error => $('#message').append(error.message));
};

function show(film) {
  const item = items.get(film.id);
  const state = film.here ? 'here' : film.requested ? 'arriving' : film.others ? 'at others' : 'nowhere';
  const [title, about, progress, where, button] = film.row.children;
  Object.assign(film.row.dataset, { id: film.id, state });
  about.textContent = film.size ? `${film.extension.toUpperCase()}, ${(film.size / 1e6).toFixed(1)} MB` : '';
  Object.assign(progress, { hidden: state !== 'arriving', value: item?.progress ?? 0, ariaLabel: film.title });
  [title.textContent, where.textContent] = [film.title, state];
  Object.assign(button, { hidden: !lsd || !user, textContent: BUTTONS[state] });
  button.onclick = attempt(() => (BUTTONS[state] === 'Play' ? watch(film) : get(film)));
}

/** Anew only when the list changed: a film's row, and the keyboard's focus in it, stay through its progress. */
async function load() {
  ({ user, films } = await api('list', { find: $('#find').value }));
  for (const film of films) film.row = $('template').content.firstElementChild.cloneNode(true);
  $('ul').replaceChildren(...films.map(({ row }) => row));
  [$('#me b').textContent, $('#account').hidden, $('#me').hidden] = [user, user !== '', user === ''];
  await follow();
}

async function follow({ type, detail } = {}) {
  if (type === 'available') for (const film of films) film.here ||= film.id === detail.id;
  const { downloads = [], seeding = [], scanning: now } = lsd && user ? await lsd.status({}) : {};
  items = new Map([...downloads, ...seeding].map(item => [item.id, item]));
  films.forEach(show);
  const hasRead = scanning && !now;
  scanning = now;
  if (hasRead) await lsd.sync({}).then(load);
}

const get = ({ id }) => lsd.addRequests({ ids: [id] }).then(load);
async function watch({ id, title }) {
  const video = Object.assign(document.createElement('video'), { controls: true, autoplay: true });
  const tell = ({ message = '', reason = message }) => $('#title').replaceChildren(title, reason && `: ${reason}`);
  tell({});
  $('#screen').replaceChildren(video);
  $('dialog').showModal();
  await play(lsd, video, id, tell).catch(error => error.code === 'aborted' || tell(error));
}

async function start() {
  await load();
  const found = await ready;
  $('#without').hidden = found !== undefined;
  for (const event of ['status', 'progress', 'available']) found?.addEventListener(event, follow);
  if (!found || !user) return;
  [lsd, { scanning }] = [found, await connect(found, (await api('token')).token)];
  await load();
}
$('#account').onsubmit = attempt(e => api(e.submitter.value, Object.fromEntries(new FormData(e.target))).then(start));
$('#me button').onclick = attempt(() => api('signout').then(load));
$('#find').oninput = attempt(load);
$('dialog').onclose = () => $('#screen').replaceChildren();
attempt(start)();
