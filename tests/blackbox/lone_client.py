"""A student's client as a process of its own, which tests kill: `ADDRESS TOKEN`."""

import sys

from websockets.sync.client import connect

address, token = sys.argv[1:]
with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None) as ws:
    for frame in ws:
        print(frame, flush=True)  # noqa: T201
