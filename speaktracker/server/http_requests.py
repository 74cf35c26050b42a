"""HTTP as our server reads it: whole requests within a time, and each header once."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.web.http import HTTPChannel

from speaktracker.http.cross_origin import headers_of_answer
from speaktracker.http.probe_paths import probed_path
from speaktracker.http.repeated_headers import merged
from speaktracker.server.file_limit import is_of_the_last, refusals
from speaktracker.server.websocket.compression import readable_offers

# For all of a request's head, and then for all of its body, however steadily they come. Twisted's
# own limit starts anew with every byte: a line every two seconds would hold a connection for ever.
HEAD_SECONDS: Final = 30.0
BODY_SECONDS: Final = 30.0
# Of one that has a file which is kept for whoever asks how the process is.
LAST_FILES_SECONDS: Final = 5.0


def listed_once(subprotocols: str) -> str:
    """Return a list of subprotocols without repetitions and gaps, of which autobahn makes a 400."""
    words = (word.strip() for word in subprotocols.split(","))
    return ", ".join(dict.fromkeys(word for word in words if word))


def readable_origin(origin: str) -> str:
    """Return an Origin that autobahn can read, else `null`, which no page of ours comes from."""
    try:
        return origin if urlsplit(origin).hostname else "null"
    except ValueError:
        return "null"


# What a handshake may do without: of it only what can be read is handed on.
OPTIONAL: Final[dict[bytes, Callable[[str], str]]] = {
    b"sec-websocket-extensions": readable_offers,
    b"sec-websocket-protocol": listed_once,
    b"origin": readable_origin,
}


FULL: Final = "This server has as many connections as it may have. Please try again soon."


class DeadlineChannel(HTTPChannel):
    """One HTTP connection, which ends when a request is not whole in time."""

    _deadline: Any = None  # a DelayedCall
    # Whether it has one of the last files of this process.
    is_last_resort = False
    # What is left of its first head's time.
    first_head_seconds = HEAD_SECONDS

    def connectionMade(self) -> None:  # noqa: N802
        """Expect the first request."""
        super().connectionMade()
        transport: Any = self.transport
        self.is_last_resort = is_of_the_last(transport.fileno())
        self.expect_within(self.first_head_seconds)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Expect the rest of a request that begins, on a connection that was kept as well."""
        if self._deadline is None and not self.requests:
            self.expect_within(HEAD_SECONDS)
        super().dataReceived(data)

    def allHeadersReceived(self) -> None:  # noqa: N802
        """Expect the body."""
        self.expect_within(BODY_SECONDS)
        super().allHeadersReceived()

    def allContentReceived(self) -> None:  # noqa: N802
        """Expect nothing more: the request is whole."""
        self.expect_nothing()
        super().allContentReceived()

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        """Expect nothing of who is gone."""
        self.expect_nothing()
        super().connectionLost(reason)

    def expect_within(self, seconds: float) -> None:
        """End the connection in `seconds` unless something else is expected before."""
        self.expect_nothing()
        if self.is_last_resort:
            seconds = min(seconds, LAST_FILES_SECONDS)
        self._deadline = self.callLater(seconds, self.end_unfinished)

    def expect_nothing(self) -> None:
        """Let the connection take its time."""
        deadline, self._deadline = self._deadline, None
        if deadline is not None and deadline.active():
            deadline.cancel()

    def end_unfinished(self) -> None:
        """End the connection, as Twisted does with one that is silent."""
        self._deadline = None
        self.timeoutConnection()


class TolerantRequest(WebRequest):  # type: ignore[misc]  # daphne has no types
    """A request, or a handshake, whose headers came once each, and whose odd extras are dropped."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # Django reads forms; Twisted would before it, for nobody.
        super().__init__(*args, parsePOSTFormSubmission=False, **options)

    def process(self) -> Any:
        """Hand the request to the application."""
        if self.channel.is_last_resort:
            self.channel.persistent = False  # the file is for the next who asks
            if probed_path((self.path or b"").decode("latin1")) is None:
                refusals.note()
                self.setHeader(b"Retry-After", b"5")
                return self.basic_error(503, b"Service Unavailable", FULL)
        headers = self.requestHeaders
        named = tuple(headers.getAllRawHeaders())
        if any(len(values) > 1 for _, values in named):
            pairs = [(name, value) for name, values in named for value in values]
            for name, value in merged(pairs):
                headers.setRawHeaders(name, [value])
        if self.clientproto == b"HTTP/1.0":
            headers.removeHeader(b"upgrade")  # RFC 9110, section 7.8; it is no handshake
        if headers.hasHeader(b"upgrade"):
            for name, readable in OPTIONAL.items():
                for value in headers.getRawHeaders(name, ()):
                    headers.removeHeader(name)
                    if kept := readable(value.decode("latin1")):
                        headers.setRawHeaders(name, [kept.encode("latin1")])
        return super().process()

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Answer where the application did not; a page of another origin may read that as well."""
        origin = self.requestHeaders.getRawHeaders(b"origin", [b""])[0].decode("latin1")
        for name, value in headers_of_answer((self.path or b"").decode("latin1"), origin):
            self.responseHeaders.setRawHeaders(name, [value])
        super().basic_error(status, status_text, body)


class RequestFactory(HTTPFactory):  # type: ignore[misc]  # daphne has no types
    """Makes the HTTP connections of a server."""

    protocol = DeadlineChannel

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        """Make one; what it reads are our requests."""
        channel = super().buildProtocol(addr)
        channel.requestFactory = TolerantRequest
        return channel
