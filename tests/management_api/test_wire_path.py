"""Paths of calls, as clients and proxies spell them."""

import pytest

from speaktracker.management_api.signature import canonical_queries
from speaktracker.management_api.wire_path import normalised, path_of_call

ID = "L0SM9cOFvHcCIhw="


@pytest.mark.parametrize(
    "path",
    [
        *("/@connections/L0SM9cOFvHcCIhw%3D", "/%40connections/L0SM9cOFvHcCIhw%3d"),
        *("//@connections/L0SM9cOFvHcCIhw=/", "/a/@connections/b/@connections//L0SM9cOFvHcCIhw="),
    ],
)
def test_the_connection_is_found_in_each(path: str) -> None:
    found = path_of_call(path)
    assert found is not None
    assert found.connection_id == ID
    ways = list(found.canonical())
    assert ways[0].count("%253") + ways[0].count("%3D") == 1
    assert len(ways) <= 12


@pytest.mark.parametrize(
    "path",
    [
        *("/", "", "@connections/x", "/connections/x", "/x@connections/y", "/@connectionsx/y"),
        "/@connection/x",
    ],
)
def test_other_paths_are_none(path: str) -> None:
    assert path_of_call(path) is None


@pytest.mark.parametrize(
    ("path", "normal"),
    [("//a///b", "/a/b"), ("/a/./b/", "/a/b/"), ("/a/../b", "/b"), ("/../..", "/"), ("/", "/")],
)
def test_paths_are_normalised_as_botocore_does(path: str, normal: str) -> None:
    assert normalised(path) == normal


def test_a_query_may_have_been_signed_in_two_ways() -> None:
    assert canonical_queries("") == [""]
    assert canonical_queries("reason=a+b&code=4000") == [
        "code=4000&reason=a+b",
        "code=4000&reason=a%20b",
        "code=4000&reason=a%2Bb",
    ]
