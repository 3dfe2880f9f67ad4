"""libtorrent in a bench. One JSON argument; one JSON line for each event. Modes: seed, fetch, seek (fetch and jump about)."""

import json
import random
import sys
import time

import libtorrent as lt

order = json.loads(sys.argv[1])

session = lt.session({
    "listen_interfaces": order.get("listen", "127.0.0.1:0"),
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_outgoing_utp": False,
    "enable_incoming_utp": False,
    "allow_multiple_connections_per_ip": True,
    "alert_mask": lt.alert.category_t.error_notification | lt.alert.category_t.status_notification,
})

params = lt.add_torrent_params()
params.ti = lt.torrent_info(order["torrent"])
params.save_path = order["folder"]
if order["mode"] == "seed":
    params.flags |= lt.torrent_flags.seed_mode
if order.get("sequential"):
    params.flags |= lt.torrent_flags.sequential_download
if order.get("uploadLimit"):
    params.upload_limit = order["uploadLimit"]
handle = session.add_torrent(params)


def say(**event):
    print(json.dumps(event), flush=True)


def memory():
    """Bytes resident that are not the mapped file."""
    with open("/proc/self/status") as status:
        rows = dict(line.split(":", 1) for line in status)
    return int(rows["RssAnon"].split()[0]) * 1024


while session.listen_port() == 0:
    time.sleep(0.005)
while handle.status().state in (lt.torrent_status.checking_files, lt.torrent_status.checking_resume_data):
    time.sleep(0.005)
say(event="listening", port=session.listen_port())

begun = time.monotonic()
for peer in order.get("peers", []):
    host, port = peer.rsplit(":", 1)
    handle.connect_peer((host, int(port)))

if order["mode"] == "fetch":
    peak = 0
    while not handle.status().is_seeding:
        peak = max(peak, memory())
        time.sleep(0.01)
    say(event="complete", seconds=time.monotonic() - begun, memory=peak)
elif order["mode"] == "seek":
    # What a player on libtorrent does: the pieces from the new position on get deadlines, the first the earliest.
    length = params.ti.piece_length()
    last = params.ti.num_pieces() - 1
    chance = random.Random(order["seed"])

    def first_byte(piece):
        asked = time.monotonic()
        handle.clear_piece_deadlines()
        for ahead in range(order["ahead"]):
            if piece + ahead <= last:
                handle.set_piece_deadline(piece + ahead, 10 * ahead)
        while not handle.have_piece(piece):
            session.wait_for_alert(1)
            session.pop_alerts()
        return time.monotonic() - asked

    time.sleep(order["before"])
    for _ in range(order["seeks"]):
        piece = int(chance.random() * (last + 1))
        while handle.have_piece(piece):
            piece = int(chance.random() * (last + 1))
        say(event="seek", seconds=first_byte(piece))
        time.sleep(order["between"])

say(event="done")
for line in sys.stdin:
    if line.strip() == "memory":
        say(event="memory", memory=memory())
