"""Who the client is behind proxies: X-Forwarded-For counts only as far as we trust who wrote it."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.core.exceptions import ImproperlyConfigured

Networks = tuple[IPv4Network | IPv6Network, ...]
Headers = Iterable[tuple[bytes, bytes]]

_FOR, _PROTO = b"x-forwarded-for", b"x-forwarded-proto"


def apply_forwarding(scope: dict[str, Any], trusted: Networks) -> None:
    """Correct `client` and `scheme` of an ASGI scope by what `trusted` proxies say.

    A forwarded client's port is unknown: 0. A socket always gets a scheme, ws or wss.
    """
    client, scheme = scope.get("client"), None
    if client and trusted:
        scheme = forwarded_scheme(client[0], scope["headers"], trusted)
        address = client_address(client[0], scope["headers"], trusted)
        if address != client[0]:
            scope["client"] = [address, 0]
    if scope["type"] == "websocket":
        scope["scheme"] = "wss" if scheme == "https" else "ws"
    elif scheme:
        scope["scheme"] = scheme


def trusted_networks(words: list[str]) -> Networks:
    """Parse the addresses and CIDR networks of TRUSTED_PROXIES; raises ImproperlyConfigured."""
    try:
        return tuple(ip_network(word) for word in words)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES must list IP addresses or networks such as 10.0.0.0/8: {error}."
        ) from None


def client_address(peer: str, headers: Headers, trusted: Networks) -> str:
    """Return the right-most address that is not a trusted proxy's, starting at `peer` itself.

    What stands left of it was written by somebody we do not trust. A word that is no address ends
    the search: the proxy that passed it on is the client then.
    """
    client = peer
    values = [value.decode("latin1") for name, value in headers if name == _FOR]
    for word in reversed(",".join(values).split(",") if values else []):
        if not _is_trusted(client, trusted):
            return client
        address = _address(word)
        if address is None:
            return client
        client = str(address)
    return client


def forwarded_scheme(peer: str, headers: Headers, trusted: Networks) -> str | None:
    """Return https or http as a trusted `peer` says in X-Forwarded-Proto, else None."""
    if not _is_trusted(peer, trusted):
        return None
    words = [value.decode("latin1").strip().lower() for name, value in headers if name == _PROTO]
    return words[-1] if words and words[-1] in ("http", "https") else None


def _is_trusted(address: str, trusted: Networks) -> bool:
    known = _address(address)
    return known is not None and any(known in network for network in trusted)


def _address(word: str) -> IPv4Address | IPv6Address | None:
    """Read an address as proxies write it: bare, with a port, in brackets, IPv4 mapped to IPv6."""
    text = word.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
