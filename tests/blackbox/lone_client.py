"""A student's client as a process of its own, which tests kill: `ADDRESS TOKEN`."""

import sys

from tests.patient_clients import blocking_connect

address, token = sys.argv[1:]
with blocking_connect(address, additional_headers={"Authorization": f"Bearer {token}"}) as ws:
    for frame in ws:
        print(frame, flush=True)  # noqa: T201
