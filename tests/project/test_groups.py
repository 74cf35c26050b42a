"""Tests of one `xdist_group` are run by one worker, or each would start their servers again."""

import pytest

pytestmark = pytest.mark.xdist_group("group")


@pytest.mark.parametrize("words", ["", "one@example.com"])
def test_a_worker_names_a_test_with_its_group(request: pytest.FixtureRequest, words: str) -> None:
    grouped = request.config.getoption("loadgroup", default=False)
    assert request.node.nodeid.endswith("@group") or not grouped
