"""permessage-deflate, agreed on only when WEBSOCKET_COMPRESSION asks for it.

It is an extra: an offer that we do not know, or that is not well-formed, is passed over, and the
socket opens without it (RFC 7692, section 7: decline it). Autobahn would refuse the handshake.
"""

import re
from collections.abc import Iterable

from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept

# What RFC 7692, section 7.1, lets a client offer; zlib has no window of 8 bits.
_BITS = '(?:9|1[0-5]|"(?:9|1[0-5])")'
_PARAMETER = (
    "(?:(?:client|server)_no_context_takeover"
    rf"|client_max_window_bits(?:\s*=\s*{_BITS})?|server_max_window_bits\s*=\s*{_BITS})"
)
_OFFER = re.compile(rf"permessage-deflate(?:\s*;\s*{_PARAMETER})*", re.IGNORECASE)


def readable_offers(header: str) -> str:
    """Return the offers of a Sec-WebSocket-Extensions header that can be agreed on; "" for none."""
    return ", ".join(offer for offer in map(str.strip, header.split(",")) if is_readable(offer))


def is_readable(offer: str) -> bool:
    """Tell whether one offer is of permessage-deflate, well-formed, each parameter once."""
    if not _OFFER.fullmatch(offer):
        return False
    names = [part.partition("=")[0].strip().lower() for part in offer.split(";")]
    return len(set(names)) == len(names)


def accept_deflate(offers: Iterable[object]) -> PerMessageDeflateOfferAccept | None:
    """Take the first deflate offer, without memory between messages: 16 KiB a socket otherwise."""
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(  # type: ignore[no-untyped-call]
                offer,
                request_no_context_takeover=offer.accept_no_context_takeover,
                no_context_takeover=True,
                mem_level=4,
            )
    return None
