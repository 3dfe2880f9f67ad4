"""libtorrent in a bench. One JSON argument; one JSON line for each event. Modes: seed, fetch, seek (fetch and jump about)."""

import json
import random
import sys
import time

import libtorrent as lt

order = json.loads(sys.argv[1])



def open_session():
    return lt.session({
        "listen_interfaces": order.get("listen", "127.0.0.1:0"),
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "enable_outgoing_utp": False,
        "enable_incoming_utp": False,
        "allow_multiple_connections_per_ip": True,
        # All torrents at once, each with all who come.
        "active_downloads": -1,
        "active_seeds": -1,
        "active_limit": -1,
        "connections_limit": 1000,
        # Who wants nothing now may want something soon.
        "close_redundant_connections": False,
        "unchoke_slots_limit": -1,
        "alert_mask": lt.alert.category_t.error_notification | lt.alert.category_t.status_notification,
    })


def add(session, torrent, folder):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(torrent)
    params.save_path = folder
    if order["mode"] == "seed":
        params.flags |= lt.torrent_flags.seed_mode
    if order.get("sequential"):
        params.flags |= lt.torrent_flags.sequential_download
    if order.get("uploadLimit"):
        params.upload_limit = order["uploadLimit"]
    return session.add_torrent(params)


# Several sessions are as many peers, each with a folder of its own.
sessions = [open_session() for _ in range(order.get("sessions", 1))]
folders = [order["folder"]] if len(sessions) == 1 else [f'{order["folder"]}/{n}' for n in range(len(sessions))]
handles = [
    add(session, torrent, folder)
    for session, folder in zip(sessions, folders)
    for torrent in [order["torrent"], *order.get("others", [])]
]
session, handle = sessions[0], handles[0]


def say(**event):
    print(json.dumps(event), flush=True)


def memory():
    """Bytes resident that are not the mapped file."""
    with open("/proc/self/status") as status:
        rows = dict(line.split(":", 1) for line in status)
    return int(rows["RssAnon"].split()[0]) * 1024


while session.listen_port() == 0:
    time.sleep(0.005)
CHECKING = (lt.torrent_status.checking_files, lt.torrent_status.checking_resume_data)
while any(each.status().state in CHECKING for each in handles):
    time.sleep(0.005)
say(event="listening", port=session.listen_port())

begun = time.monotonic()
for peer in order.get("peers", []):
    host, port = peer.rsplit(":", 1)
    for each in handles:
        each.connect_peer((host, int(port)))

if order["mode"] == "fetch":
    peak = 0
    while not all(each.status().is_seeding for each in handles):
        peak = max(peak, memory())
        time.sleep(0.01)
    say(event="complete", seconds=time.monotonic() - begun, memory=peak)
elif order["mode"] == "seek":
    # What a player on libtorrent does: the pieces from the new position on get deadlines, the first the earliest.
    last = handle.torrent_file().num_pieces() - 1
    chance = random.Random(order.get("seed", 1))

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

    def anywhere():
        piece = int(chance.random() * (last + 1))
        while handle.have_piece(piece):
            piece = int(chance.random() * (last + 1))
        return piece

    def unasked():
        """What is fetched besides what is asked for: from a piece on, or nothing."""
        begin = order.get("skip", 0)
        if begin:
            handle.prioritize_pieces([0 if piece < begin else 4 for piece in range(last + 1)])

    unasked()
    time.sleep(order["before"])
    for piece in order.get("positions") or (anywhere() for _ in range(order["seeks"])):
        say(event="seek", seconds=first_byte(piece))
        if order.get("skip", 0) > last:
            handle.clear_piece_deadlines()
            unasked()
        time.sleep(order["between"])

say(event="done")
for line in sys.stdin:
    if line.strip() == "memory":
        say(event="memory", memory=memory())
