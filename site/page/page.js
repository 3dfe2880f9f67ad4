/** The archive's page: the list of films, each with where it is, and the player. */
const $ = selector => document.querySelector(selector);

// ---- All that a page needs to use LSD: these 15 lines ----
const PLAIN = 'http://127.0.0.1:15550/get/'; // every visitor's own LSD answers here
const ready = new Promise(resolve => {
  addEventListener('lsd#ready', () => resolve(window.lsd));
  dispatchEvent(new Event('lsd#request')); // an LSD that was here first says lsd#ready again
  setTimeout(resolve, 1000); // a visitor without LSD: `await ready` is undefined
});
const connect = async (lsd, token) => {
  await lsd.config({ token }); // the first time, LSD asks the visitor
  return lsd.sync({}); // tells this site which of its films the visitor holds
};
const play = (lsd, video, id) => {
  video.onerror = async () => Object.assign(video, { src: await lsd.url(id), onerror: null }); // LSD at another port
  video.src = PLAIN + id;
};
// ---- and lsd.addRequests, removeRequests, status and its events below ----

const STATES = { here: 'Here', arriving: 'Arriving', others: 'At others', nowhere: 'Nowhere now' };
let lsd;
let user = '';
let films = [];
let items = new Map(); // what LSD says of each film

async function api(action, data = {}) {
  const body = new FormData();
  body.set('action', action);
  body.set('data', JSON.stringify(data));
  const { status, data: result } = await (await fetch('api/', { method: 'POST', body })).json();
  if (status.code >= 400) throw new Error(status.text);
  return result;
}

function stateOf({ id, here, requested, others }) {
  if (here || ['available', 'seeding'].includes(items.get(id)?.state)) return 'here';
  if (requested) return 'arriving';
  return others ? 'others' : 'nowhere';
}

const ACTIONS = {
  here: ['Play', watch],
  arriving: ['Play', watch],
  others: ['Get', film => lsd.addRequests({ ids: [film.id] })],
  nowhere: ['Ask for it', film => lsd.addRequests({ ids: [film.id] })],
};

function show() {
  $('#films').replaceChildren(
    ...films.map(film => {
      const row = $('template').content.cloneNode(true).firstElementChild;
      const part = selector => row.querySelector(selector);
      const state = stateOf(film);
      row.dataset.state = state;
      row.dataset.id = film.id;
      part('h2').textContent = film.title;
      part('small').textContent = film.size ? `${film.extension} ${(film.size / 1e6).toFixed(1)} MB` : '';
      part('mark').textContent = STATES[state];
      part('progress').hidden = state !== 'arriving';
      part('progress').value = items.get(film.id)?.progress ?? 0;
      const [label, act] = ACTIONS[state];
      part('button').textContent = label;
      part('button').hidden = !lsd || !user;
      part('button').onclick = () =>
        attempt(async () => {
          await act(film);
          await load();
        });
      return row;
    }),
  );
  $('#none').hidden = films.length > 0;
  $('#me b').textContent = user;
  $('#account').hidden = user !== '';
  $('#me').hidden = user === '';
}

async function load() {
  ({ user, films } = await api('list', { find: $('#find').value }));
  show();
}

function watch({ id, title }) {
  $('#title').textContent = title;
  $('dialog').showModal();
  play(lsd, $('video'), id);
}

async function attempt(work) {
  try {
    $('#lsd').textContent = '';
    await work();
  } catch (error) {
    $('#lsd').textContent = error.message;
  }
}

async function start() {
  await load();
  if (!lsd || !user) return;
  await connect(lsd, (await api('token')).token);
  await load();
}

$('#account').onsubmit = event => {
  event.preventDefault();
  const data = Object.fromEntries(new FormData(event.target));
  attempt(() => api(event.submitter.value, data).then(start));
};
$('#me button').onclick = () => attempt(() => api('signout').then(load));
$('#find').oninput = () => attempt(load);
$('dialog').onclose = () => $('video').removeAttribute('src');

await attempt(load);
lsd = await ready;
$('#without').hidden = lsd !== undefined;
for (const event of ['status', 'progress', 'available']) {
  lsd?.addEventListener(event, async () => {
    items = new Map((await lsd.status({})).downloads.map(item => [item.id, item]));
    event === 'available' ? load() : show();
  });
}
await attempt(start);
