"""No page of the admin, and no list of the API, asks the database more than twelve times."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver

from speaktracker.roster.models import User, UserType
from tests.plans.counted_client import CountedClient


def api_lists() -> list[str]:
    """Find what the API answers to GET without naming a row."""
    routes = (str(pattern.pattern) for pattern in flattened(get_resolver().url_patterns))
    plain = (route.strip("^$") for route in routes if "<" not in route and "(" not in route)
    return sorted({f"/{route.rstrip('/')}" for route in plain if route.startswith("api/")})


def flattened(patterns: Iterable[Any]) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from flattened(pattern.url_patterns) if not str(pattern.pattern) else ()
        else:
            yield pattern


@pytest.mark.parametrize("kind", UserType.values)
def test_no_list_of_the_api_asks_more_than_twelve_times(school: None, kind: str) -> None:
    client = CountedClient()
    client.force_login(User.objects.filter(user_type=kind)[0])
    answers = {path: client.get(path).status_code for path in api_lists()}
    assert list(answers.values()).count(200) > 3, answers
    crowded = "\n".join(f"{page.queries} {page.address}" for page in client.crowded())
    assert not crowded, f"these calls ask too often:\n{crowded}"
