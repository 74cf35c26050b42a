"""The path of a call: where `@connections` stands in it, and how a client may have signed it.

Proxies and clients spell the same path in several ways. Which one stands for which connection is
not in doubt, so each of these is accepted where the signature fits it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

MARKER = re.compile(r"(.*/)(?:@|%40)connections(/.*)?", re.DOTALL)
MARKER_ONCE, MARKER_TWICE = "%40connections", "%2540connections"
# RFC 3986's unreserved characters, which `quote` leaves anyway, and what parts segments.
KEPT = "/~"


@dataclass(frozen=True, slots=True)
class WirePath:
    """The path of one call: what stands before the marker, and behind it."""

    head: str
    tail: str

    @property
    def connection_id(self) -> str:
        """Return the id as it was said, well-formed or not."""
        return unquote(self.tail.strip("/"))

    def canonical(self) -> Iterator[str]:
        """Yield each way the path may have been signed, the usual one first.

        Each segment of the wire path is encoded once more; clients differ in whether they drop
        empty segments, and in what a proxy has encoded or decoded on the way.
        """
        plain = unquote(self.tail)
        tails = dict.fromkeys(
            quote(tail, safe=KEPT) for tail in (self.tail, quote(plain, safe=KEPT), plain)
        )
        for tail in tails:
            for marker in (MARKER_ONCE, MARKER_TWICE):
                path = f"{quote(self.head, safe=KEPT)}{marker}{tail}"
                yield path
                if (normal := normalised(path)) != path:
                    yield normal


def path_of_call(raw_path: str) -> WirePath | None:
    """Take a raw path apart at its last `@connections`; None for a path without it."""
    found = MARKER.fullmatch(raw_path)
    return found and WirePath(found[1], found[2] or "")


def normalised(path: str) -> str:
    """Return a path without empty segments and dots, as most clients sign it."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if path.endswith("/") and kept else ""
    return f"/{'/'.join(kept)}{end}"
