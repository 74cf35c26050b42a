"""Some alerts on one server, one fault after the other: its condition there, then read by the rule.

All the others are in `test_every_alert.py`, in `make soak`.
"""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.alerts.scraped_series import assert_fires, scrape, value
from tests.cluster.conftest import MakeCluster
from tests.cluster.test_read_only import closed_with_token, give, url
from tests.cluster.waiting import eventually
from tests.patient_clients import http_client
from tests.valkey import Valkey

FOREIGN = "student2@example.com"
INVALID_CREDENTIALS = 4401
pytestmark = pytest.mark.xdist_group("cluster")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_faults_of_a_running_server_fire_their_alerts_and_no_other(
    start_cluster: MakeCluster, valkey: Valkey, tmp_path: Path
) -> None:
    cluster = start_cluster(nodes=1)
    look = partial(scrape, url(cluster))
    well = look()

    refused = [closed_with_token(cluster, f"not a token {number}") for number in range(12)]
    assert {*await asyncio.gather(*refused)} == {INVALID_CREDENTIALS}
    knocked = look()
    assert_fires(tmp_path, well, knocked, ["ConnectsRefused"])

    async with http_client() as client:
        answers = [await give(cluster, client, FOREIGN) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {403}
    given = look()
    assert_fires(tmp_path, knocked, given, ["FeedbackFails"])

    valkey.kill()
    alone = await eventually(
        look, lambda seen: not value(seen, "speaktracker_channel_layer_up"), 30
    )
    assert_fires(tmp_path, given, alone, ["RedisAway"])

    cluster.nodes[0].kill()
    assert_fires(tmp_path, given, look(), ["Down"])
