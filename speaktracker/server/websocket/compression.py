"""permessage-deflate, agreed on only when WEBSOCKET_COMPRESSION asks for it."""

from collections.abc import Iterable

from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept


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
