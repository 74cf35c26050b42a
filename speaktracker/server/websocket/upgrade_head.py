"""The head of a handshake as nearly every client writes it, read once.

Twisted reads a head line by line, daphne writes it anew, and autobahn reads that: a third of what a
handshake cost the event loop. Here it is read in one go, and only where nothing about it is in
doubt: whatever is repeated, folded, odd or too large is theirs as before, and so is every refusal.
"""

import re
from typing import Final, NamedTuple

from speaktracker.http.repeated_headers import Header

# Far below what Twisted takes, 16 KiB; a head with a token and cookies is one or two.
LONGEST: Final = 8 * 1024
MOST_HEADERS: Final = 100
# A path has no parameters (`;`), which autobahn takes out of it, and names no host (`//`).
_HEAD: Final = re.compile(
    rb'GET (/(?!/)[!"$-:<->@-~]*)(?:\?([!"$-~]*))? HTTP/1\.1\r\n'
    rb"((?:[A-Za-z0-9-]+: ?[!-~](?:[ -~]*[!-~])?\r\n)+)\r\n"
)
_HEADER: Final = re.compile(rb"([A-Za-z0-9-]+): ?([!-~](?:[ -~]*[!-~])?)\r\n")
_HOST: Final = re.compile(rb"[A-Za-z0-9.-]+(?::[0-9]{1,5})?")
_ORIGIN: Final = re.compile(
    rb"null|https?://[A-Za-z0-9.-]*[A-Za-z0-9](?::(?:[0-9]{1,4}|[1-5][0-9]{4}))?"
)
_KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")
# What browsers and the usual programs offer, which a server without compression passes over.
_OFFERS: Final = frozenset(
    {None, b"permessage-deflate", b"permessage-deflate; client_max_window_bits"}
)
# They announce more than a head, or tell daphne where it is mounted.
_MORE: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"daphne-root-path"})


class UpgradeHead(NamedTuple):
    """What a handshake says: names of headers in small letters, each of them once."""

    path: bytes
    query_string: bytes
    headers: list[Header]
    subprotocols: list[str]
    key: bytes


def read_upgrade(data: bytes) -> UpgradeHead | None:
    """Read a whole head; None where `data` is less, more, or anything else than a plain one."""
    if len(data) > LONGEST or not (head := _HEAD.fullmatch(data)):
        return None
    path, query_string, lines = head.groups()
    headers = [(name.lower(), value) for name, value in _HEADER.findall(lines)]
    found = dict(headers)
    if len(found) < len(headers) or len(headers) > MOST_HEADERS or not _MORE.isdisjoint(found):
        return None
    key, subprotocols = found.get(b"sec-websocket-key", b""), _words(found)
    if subprotocols is None or not (_KEY.fullmatch(key) and is_plain(found)):
        return None
    return UpgradeHead(path, query_string or b"", headers, subprotocols, key)


def is_plain(found: dict[bytes, bytes]) -> bool:
    """Tell whether these headers ask for a socket as everybody does."""
    origin = found.get(b"origin")
    tokens = found.get(b"connection", b"").lower().split(b",")
    return (
        found.get(b"upgrade", b"").lower() == b"websocket"
        and b"upgrade" in [token.strip() for token in tokens]
        and found.get(b"sec-websocket-version") == b"13"
        and found.get(b"sec-websocket-extensions") in _OFFERS
        and (origin is None or _ORIGIN.fullmatch(origin) is not None)
        and _HOST.fullmatch(found.get(b"host", b"")) is not None
    )


def _words(found: dict[bytes, bytes]) -> list[str] | None:
    """List the offered subprotocols; None where they are not plainly a list without repetitions."""
    offered = found.get(b"sec-websocket-protocol")
    if offered is None:
        return []
    words = offered.decode("ascii").split(", ")
    plain = all(words) and len(set(words)) == len(words)
    return words if plain and not re.search(rb"%|,(?! )| ,|  ", offered) else None
