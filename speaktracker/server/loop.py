"""The event loop beneath Twisted's reactor: uvloop's, where it is installed."""

from twisted.internet import asyncioreactor

from speaktracker import env


def install_reactor() -> None:
    """Install the reactor before daphne, whose import would install it on asyncio's own loop."""
    if not env.flag("UVLOOP", default=True):
        return
    try:
        import uvloop
    except ImportError:  # it has no build for some platforms
        return
    asyncioreactor.install(uvloop.new_event_loop())  # type: ignore[no-untyped-call]
