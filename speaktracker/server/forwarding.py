"""Who the client is behind proxies: X-Forwarded-* count only as far as we trust who wrote them."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured

Networks = tuple[IPv4Network | IPv6Network, ...]
Headers = Iterable[tuple[bytes, bytes]]

_FOR, _PORT, _PROTO = b"x-forwarded-for", b"x-forwarded-port", b"x-forwarded-proto"


class Hop(NamedTuple):
    """An address on the way here, its port (0: unknown), and the proxies between it and us."""

    address: str
    port: int
    proxies: int


def apply_forwarding(scope: dict[str, Any], trusted: Networks) -> None:
    """Correct `client` and `scheme` of an ASGI scope by what `trusted` proxies say.

    A forwarded client's port is 0 where none of them tells. A socket always gets a scheme, ws or
    wss.
    """
    client, scheme = scope.get("client"), None
    if client and trusted and _is_trusted(client[0], trusted):
        words = {name: _words(scope["headers"], name) for name in (_FOR, _PORT, _PROTO)}
        hop = first_untrusted(client[0], words[_FOR], trusted)
        scheme = _said_of(hop, words[_PROTO]).lower()
        if hop.proxies:
            scope["client"] = [hop.address, hop.port or _port(_said_of(hop, words[_PORT]))]
    if scope["type"] == "websocket":
        scope["scheme"] = "wss" if scheme == "https" else "ws"
    elif scheme in ("http", "https"):
        scope["scheme"] = scheme


def trusted_networks(words: list[str]) -> Networks:
    """Parse the addresses and CIDR networks of TRUSTED_PROXIES; raises ImproperlyConfigured."""
    try:
        return tuple(ip_network(word) for word in words)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES must list IP addresses or networks such as 10.0.0.0/8: {error}."
        ) from None


def first_untrusted(peer: str, forwarded_for: list[str], trusted: Networks) -> Hop:
    """Return the right-most address that is not a trusted proxy's, starting at `peer` itself.

    What stands left of it was written by somebody we do not trust. A word that is no address ends
    the search: the proxy that passed it on is the client then.
    """
    hop = Hop(peer, 0, 0)
    for word in reversed(forwarded_for):
        address, port = _parts(word)
        if address is None or not _is_trusted(hop.address, trusted):
            break
        hop = Hop(str(address), port, hop.proxies + 1)
    return hop


def _words(headers: Headers, name: bytes) -> list[str]:
    """List what all headers of a name say, in order; a list may be one header or several."""
    values = [value.decode("latin1") for known, value in headers if known == name]
    return [word.strip() for value in values for word in value.split(",")]


def _said_of(hop: Hop, words: list[str]) -> str:
    """Return what stands for a hop in a list to which each proxy adds, or which the first wrote."""
    place = min(max(hop.proxies, 1), len(words))
    return words[-place] if words else ""


def _is_trusted(address: str, trusted: Networks) -> bool:
    known = _parts(address)[0]
    return known is not None and any(known in network for network in trusted)


def _parts(text: str) -> tuple[IPv4Address | IPv6Address | None, int]:
    """Read an address as proxies write it: bare, with a port, in brackets, IPv4 mapped to IPv6."""
    port = ""
    if text.startswith("["):
        text, _, port = text[1:].partition("]")
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
    try:
        address = ip_address(text)
    except ValueError:
        return None, 0
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address, _port(port.removeprefix(":"))


def _port(text: str) -> int:
    """Read a port; 0 where it is none."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    return number if number < 65_536 else 0
