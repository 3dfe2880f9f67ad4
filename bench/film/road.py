"""The road between network namespaces: what one sends reaches another so much later. For kernels without `tc netem`.

One JSON argument: {"delay": seconds one way, "hosts": {namespace: IPv4 address}}. Each namespace gets an interface `road`;
packets between the addresses are handed over after the delay, in order, none lost: loss and rate are for `tc` at its ends.
"""

import collections
import ctypes
import fcntl
import json
import os
import select
import socket
import struct
import time

import sys

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
MTU = 1500

order = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    with open("/run/netns/" + namespace) as file:
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns " + namespace)


def open_end():
    """An interface of the namespace that this process is in now: what is sent by it can be read, what is written arrives."""
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", b"road", IFF_TUN | IFF_NO_PI))
    return end


ends = {}
for namespace, address in order["hosts"].items():
    enter(namespace)
    ends[socket.inet_aton(address)] = open_end()
print(json.dumps({"ready": True}), flush=True)

poll = select.epoll()
for end in ends.values():
    poll.register(end, select.EPOLLIN)
# The delay is the same for all, so what came first leaves first.
travelling = collections.deque()
while True:
    wait = max(0, travelling[0][0] - time.monotonic()) if travelling else -1
    for end, _ in poll.poll(wait):
        while True:
            try:
                packet = os.read(end, MTU)
            except BlockingIOError:
                break
            target = ends.get(packet[16:20])
            if target is not None and packet[0] >> 4 == 4:
                travelling.append((time.monotonic() + order["delay"], target, packet))
    now = time.monotonic()
    while travelling and travelling[0][0] <= now:
        _, target, packet = travelling.popleft()
        try:
            os.write(target, packet)
        except (BlockingIOError, OSError):
            pass  # lost, as by any road that is full
