"""Watches files with inotify(7): each line of stdin is a path to watch; at its end, what happened to them is printed.

Every open for writing, by whoever, ends in IN_CLOSE_WRITE, also when the process that did it is killed.
"""

import ctypes
import json
import os
import struct
import sys

NAMES = {0x2: "modify", 0x4: "attrib", 0x8: "close_write", 0x400: "delete_self", 0x800: "move_self", 0x4000: "overflow"}
WATCHED = 0x2 | 0x4 | 0x8 | 0x400 | 0x800

libc = ctypes.CDLL(None, use_errno=True)
queue = libc.inotify_init1(os.O_NONBLOCK)
paths = {}

for line in sys.stdin:
    path = line.rstrip("\n")
    watch = libc.inotify_add_watch(queue, os.fsencode(path), WATCHED)
    if watch < 0:
        raise OSError(ctypes.get_errno(), path)
    paths[watch] = path
    print("watching", flush=True)

happened = []
while True:
    try:
        events = os.read(queue, 65536)
    except BlockingIOError:
        break
    at = 0
    while at < len(events):
        watch, mask, _, length = struct.unpack_from("iIII", events, at)
        at += 16 + length
        happened += [f"{name} {paths.get(watch, '')}" for bit, name in NAMES.items() if mask & bit]
print(json.dumps(happened))
