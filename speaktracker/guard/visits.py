"""What the guard knows of the request at hand: where it comes from, and whether it was refused."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest

from speaktracker.http.network_address import network_of

if TYPE_CHECKING:  # it says there what it refused
    from speaktracker.guard.refusals import TryRefused


@dataclass(slots=True)
class Visit:
    """One request; its address is empty where no request is, as in a command."""

    address: str = ""
    refusal: "TryRefused | None" = None


visit_of_context: ContextVar[Visit | None] = ContextVar("guarded_visit", default=None)


def current_visit() -> Visit:
    """Return the visit of the request at hand, or an empty one outside of any."""
    return visit_of_context.get() or Visit()


def address_of_visitor(request: HttpRequest) -> str:
    """Return the network `request` comes from.

    REMOTE_ADDR is what the server made of TRUSTED_PROXIES; what a client says of itself counts
    nothing.
    """
    return network_of(str(request.META.get("REMOTE_ADDR") or ""))
