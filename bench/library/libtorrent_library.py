"""A libtorrent session with as many torrents as its argument says, each of one small file that is taken for complete."""

import os
import sys

import libtorrent as lt

session = lt.session({
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "alert_mask": 0,
})
for number in range(int(sys.argv[1])):
    params = lt.add_torrent_params()
    info = {b"length": 4096, b"name": b"%040x" % number, b"piece length": 262144, b"pieces": os.urandom(20)}
    params.ti = lt.torrent_info({b"info": info})
    params.save_path = "/nonexistent"
    params.flags |= lt.torrent_flags.seed_mode
    session.add_torrent(params)
print("ready", flush=True)
sys.stdin.read()
