"""Addresses that answer with and without a trailing slash, and are documented once."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

View = Callable[..., Any]  # HttpResponse, or a coroutine that returns one
Endpoint = tuple[str, str, str, Callable[..., Any]]


def either_way(route: str, view: View, name: str) -> list[URLPattern]:
    """Route `route`, written without a trailing slash, both ways; `name` is the one without."""
    return [path(route, view, name=name), path(f"{route}/", view)]


def documented_once(endpoints: list[Endpoint], **_: Any) -> list[Endpoint]:
    """Leave out of OpenAPI what differs from another address by its trailing slash alone."""
    paths = {endpoint[0] for endpoint in endpoints}
    return [e for e in endpoints if not (e[0].endswith("/") and e[0].rstrip("/") in paths)]
