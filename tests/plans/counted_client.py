"""A browser that counts what each page asks the database, and measures how long it takes."""

import time
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

MOST_QUERIES = 12


class AskedPage(NamedTuple):
    """A page, how many queries it took, and how many seconds."""

    seconds: float
    queries: int
    address: str


class CountedClient(Client):
    """Django's client, with a list of the pages that it has opened."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.pages: list[AskedPage] = []

    def get(self, path: Any, *arguments: Any, **options: Any) -> Any:
        """Open a page."""
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as asked:
            answer = super().get(path, *arguments, **options)
        address = f"{path}?{answer.wsgi_request.META['QUERY_STRING']}".rstrip("?")
        seconds = time.perf_counter() - began
        self.pages.append(AskedPage(seconds, len(asked), address))
        return answer

    def crowded(self) -> list[AskedPage]:
        """List the pages that ask too often; the first one also fills Django's own caches."""
        return [page for page in self.pages[1:] if page.queries > MOST_QUERIES]

    def slowest(self, number: int = 15) -> list[AskedPage]:
        """List the pages that take longest: the lesser of two looks, the first read templates."""
        first = sorted(self.pages[1:], reverse=True)[:number]
        for page in first:
            self.get(page.address)
        return sorted(map(min, first, self.pages[-len(first) :]), reverse=True)
