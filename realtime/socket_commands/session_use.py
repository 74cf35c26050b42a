"""Which messages show that somebody sits at a shared computer."""

from realtime.protocol.client_messages import ClientMessage, StatusMessage

# A page sends these by itself, as long as it is open.
AUTOMATIC = frozenset({"ping", "connection", "feedback_ack"})


def is_use(message: ClientMessage) -> bool:
    """Tell whether a person caused this message; a page reports by itself that nobody types."""
    if isinstance(message, StatusMessage):
        return message.status != "idle"
    return message.type not in AUTOMATIC
