"""A libtorrent session on loopback that seeds or fetches one torrent. One JSON argument; one JSON line for each event."""

import json
import sys
import time

import libtorrent as lt

order = json.loads(sys.argv[1])
# 0 forced, 2 disabled; levels: 1 plain text, 2 RC4, 3 both
policy = {"encrypted": (0, 2), "plain": (2, 3)}[order["encryption"]]

session = lt.session({
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": order.get("dht", False),
    "enable_lsd": order.get("lsd", False),
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_outgoing_utp": False,
    "enable_incoming_utp": False,
    "allow_multiple_connections_per_ip": True,
    "dht_bootstrap_nodes": order.get("bootstrap", ""),
    # every node of a test has the same address
    "dht_restrict_routing_ips": False,
    "dht_restrict_search_ips": False,
    "dht_enforce_node_id": False,
    "out_enc_policy": policy[0],
    "in_enc_policy": policy[0],
    "allowed_enc_level": policy[1],
    "alert_mask": lt.alert.category_t.all_categories if order.get("verbose") else 0,
})

if "torrent" in order:
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(order["torrent"])
else:
    params = lt.parse_magnet_uri("magnet:?xt=urn:btih:" + order["infoHash"])
params.save_path = order["folder"]
params.trackers = order["trackers"]
if order["mode"] == "seed":
    params.flags |= lt.torrent_flags.seed_mode
if order.get("uploadLimit"):
    params.upload_limit = order["uploadLimit"]
if order.get("downloadLimit"):
    params.download_limit = order["downloadLimit"]
if not order.get("pex", False):
    params.flags |= lt.torrent_flags.disable_pex
handle = session.add_torrent(params)
for peer in order.get("peers", []):
    host, port = peer.rsplit(":", 1)
    handle.connect_peer((host, int(port)))


SOURCES = {"tracker": lt.peer_info.tracker, "dht": lt.peer_info.dht, "pex": lt.peer_info.pex, "lsd": lt.peer_info.lsd}


def say(**event):
    print(json.dumps(event), flush=True)


def connected():
    """Who it is connected to, and by what it heard of each."""
    infos = [info for info in handle.get_peer_info() if not info.flags & info.connecting]
    return [{"at": "%s:%d" % info.ip, "by": [name for name, bit in SOURCES.items() if info.source & bit]} for info in infos]


while session.listen_port() == 0:
    time.sleep(0.02)
say(event="listening", port=session.listen_port())

done = False
told = None
announced = 0.0
while True:
    for alert in session.pop_alerts():
        if order.get("verbose"):
            print(alert, file=sys.stderr, flush=True)
    status = handle.status()
    if status.is_seeding and not done:
        done = True
        say(event="complete")
    # It announces by itself only where its DHT stood before the torrent was started.
    if order.get("dht") and not told and time.monotonic() - announced > 2:
        announced = time.monotonic()
        handle.force_dht_announce()
    peers = connected()
    if peers != told:
        told = peers
        say(event="peers", peers=peers)
    time.sleep(0.05)
