"""What the address of a recording may be: https, on an allowed host. Plain Python."""

import re
from collections.abc import Collection
from enum import StrEnum
from urllib.parse import urlsplit

from realtime.protocol.wire_limits import URL_LENGTH

# What cannot stand in a URL, and what browsers silently drop or turn round in one.
_NOT_IN_URL = re.compile(r"[^\x21-\x7e]|[\\<>\"^`{|}]")
_HOST = re.compile(r"[a-z0-9.-]+")


class AddressFault(StrEnum):
    """What is wrong with an address; `feedback.validation.Fault` has the same words."""

    TOO_LONG = "too_long"
    NOT_HTTPS = "not_https"
    HOST_REFUSED = "host_refused"
    NOT_A_URL = "not_a_url"


def address_fault(url: str, hosts: Collection[str]) -> AddressFault | None:
    """Say what is wrong with `url`: it must be https, on one of `hosts`, on no other port."""
    if len(url) > URL_LENGTH:
        return AddressFault.TOO_LONG
    if _NOT_IN_URL.search(url):
        return AddressFault.NOT_A_URL
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return AddressFault.NOT_A_URL
    if parts.scheme != "https":
        return AddressFault.NOT_HTTPS
    host = parts.hostname or ""
    # Nothing but the host and its port: no user, no password, no `@` to mistake for the host.
    plain = parts.netloc.lower() in (host, f"{host}:443") and port in (None, 443)
    known = host in {allowed.lower() for allowed in hosts}
    return None if plain and known and _HOST.fullmatch(host) else AddressFault.HOST_REFUSED
