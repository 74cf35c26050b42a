"""Each peer of the bench delivers everything, once, in order and to the right people."""

import json

import pytest

from tests.bench.bench_environment import run_in_bench

PEERS = ("naive", "socketio", "socketio-python", "bun", "bun-redis", "centrifuge")
# What the bench needs is not on every machine: `make soak` says what it has left out, and why.
pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("bench")]


def away() -> dict[str, str | None]:
    """Name what to install for each peer that cannot run here, None for one that can."""
    return dict(json.loads(run_in_bench("-m", "bench.verification", "--missing")))


def test_every_peer_that_can_be_verified_is() -> None:
    assert set(PEERS) == set(away())


@pytest.mark.parametrize("peer", PEERS)
def test_it_delivers_everything_over_two_processes(peer: str) -> None:
    if why := away()[peer]:
        pytest.skip(f"left out. {why}")
    said = run_in_bench("-m", "bench.verification", peer)
    assert said.startswith(f"{peer}: right: 3720 deliveries, 24 feedback"), said
