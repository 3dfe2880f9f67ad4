"""A streaming player's libtorrent: a film at /film by HTTP, with ranges, while it downloads.

As such players do: pieces in their order, the next 5 with deadlines by when they are played, which a jump clears.
(With 16 they come in any order, and it starts 2 s later.)
POST /fetch {"infoHash", "peers": ["host:port"], "byteRate"} starts, POST /drop ends and deletes. Argument: a folder. Says its
port as a line of JSON.
"""

import http.server
import json
import sys
import tempfile
import threading

import libtorrent as lt

AHEAD = 5
folder, address = sys.argv[1:]
session = lt.session({
    "listen_interfaces": address + ":0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_outgoing_utp": False,
    "enable_incoming_utp": False,
    "alert_mask": lt.alert.category_t.storage_notification | lt.alert.category_t.status_notification,
})


class Film:
    """One download and its reader; another reader takes the place of the first."""

    def __init__(self, order):
        params = lt.parse_magnet_uri("magnet:?xt=urn:btih:" + order["infoHash"])
        params.save_path = tempfile.mkdtemp(dir=folder)
        params.flags |= lt.torrent_flags.sequential_download
        self.byte_rate = order["byteRate"]
        self.changed = threading.Condition()
        self.pieces = {}
        self.reader = 0
        self.handle = session.add_torrent(params)
        for peer in order["peers"]:
            host, port = peer.rsplit(":", 1)
            self.handle.connect_peer((host, int(port)))

    def take(self, alert):
        with self.changed:
            if isinstance(alert, lt.read_piece_alert) and alert.error.value() == 0:
                self.pieces[alert.piece] = alert.buffer
            self.changed.notify_all()

    def size(self):
        with self.changed:
            while not self.handle.status().has_metadata:
                self.changed.wait()
        return self.handle.torrent_file().total_size()

    def read(self, start):
        """The bytes from there on, piece by piece, until another reader comes."""
        info = self.handle.torrent_file()
        length, last = info.piece_length(), info.num_pieces() - 1
        with self.changed:
            self.reader += 1
            reader = self.reader
            self.pieces.clear()
            self.handle.clear_piece_deadlines()
            self.changed.notify_all()
        asked = start // length
        for piece in range(start // length, last + 1):
            while asked <= min(last, piece + AHEAD - 1):
                due = int(1000 * max(0, asked - piece) * length / self.byte_rate)
                self.handle.set_piece_deadline(asked, due, lt.deadline_flags_t.alert_when_available)
                asked += 1
            with self.changed:
                while piece not in self.pieces:
                    if self.reader != reader:
                        return
                    self.changed.wait()
                bytes = self.pieces.pop(piece)
            yield bytes[max(0, start - piece * length):]


film = None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global film
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/fetch":
            film = Film(json.loads(body))
        else:
            session.remove_torrent(film.handle, lt.session.delete_files)
            film = None
        self.send_response(204)
        self.end_headers()

    def do_GET(self):
        size = film.size()
        start = int(self.headers["range"].split("=")[1].split("-")[0])
        self.send_response(206)
        self.send_header("content-length", str(size - start))
        self.send_header("content-range", "bytes %d-%d/%d" % (start, size - 1, size))
        self.end_headers()
        try:
            for bytes in film.read(start):
                self.wfile.write(bytes)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.close_connection = True

    def log_message(self, *_):
        pass


def listen():
    while True:
        session.wait_for_alert(1000)
        for alert in session.pop_alerts():
            if film is not None:
                film.take(alert)


threading.Thread(target=listen, daemon=True).start()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_address[1]}), flush=True)
server.serve_forever()
