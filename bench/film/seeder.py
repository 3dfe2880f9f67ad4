"""libtorrent seeds one file of its canonical torrent. Arguments: folder, torrent, address. Says its port as a line of JSON."""

import json
import sys
import time

import libtorrent as lt

folder, torrent, address = sys.argv[1:]
session = lt.session({
    "listen_interfaces": address + ":0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_outgoing_utp": False,
    "enable_incoming_utp": False,
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent)
params.save_path = folder
params.flags |= lt.torrent_flags.seed_mode
session.add_torrent(params)
while session.listen_port() == 0:
    time.sleep(0.005)
print(json.dumps({"port": session.listen_port()}), flush=True)
while True:
    time.sleep(3600)
