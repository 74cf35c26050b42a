"""A real SMTP server for the letters of a test, which can refuse and go away."""

import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.held_ports import hold_port


class Mailboxes:
    """Takes every letter but those to an address with a word of `refusals` in it."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}
        self.came = threading.Event()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, to: str, _: Any) -> str:  # noqa: N802
        for word, answer in self.refusals.items():
            if word in to:
                return answer
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        for word, answer in self.refusals.items():
            if word.encode() in envelope.content:
                return answer
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        self.came.set()
        return "250 OK"

    def to(self) -> list[str]:
        """List who got a letter, in order."""
        return [str(letter["To"]) for letter in self.letters]


class MailServer:
    """Serves `mailboxes` on a free port of 127.0.0.1, until it is stopped."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self.port = hold_port(self)
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._mailboxes = mailboxes
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen, anew after a stop too."""
        self._controller = Controller(self._mailboxes, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Go away; harmless to repeat."""
        if self._controller:
            self._controller.stop()
        self._controller = None
