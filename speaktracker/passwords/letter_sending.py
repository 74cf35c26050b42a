"""Sends what waits, beside the requests: in small batches, claimed so that no two processes do.

A letter is sent at least once: a process that dies between the mail server's yes and its note of it
has it sent again. What fails is one line without address or link of the letter, and tried again.
"""

import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error

from speaktracker import db, drain_state, logs
from speaktracker.clock import now
from speaktracker.configuration.email_settings import NONE
from speaktracker.db.outage import is_outage
from speaktracker.db.purging import purge_in_batches
from speaktracker.exceptions import DatabaseAway
from speaktracker.passwords import selectors, services
from speaktracker.passwords.letter_texts import recipient_of, written
from speaktracker.passwords.models import Letter

# A person who waits for a letter waits for no more than this many of others.
BATCH = 10
LOOK_SECONDS = 2.0
PURGE_SECONDS = 600
# An outage is one line of the log at each attempt.
OUTAGE_SECONDS = 30


def mail_is_set_up() -> bool:
    """Tell whether letters leave this server at all."""
    return settings.EMAIL_BACKEND != NONE


def send_due_letters() -> bool:
    """Send a batch of letters that are due; true when more may be, false after an outage too."""
    letters = services.claim_letters(BATCH)
    waiting = list(letters)
    db.release_connections()  # a mail server takes its time
    mail_server: BaseEmailBackend = get_connection()
    try:
        if letters:
            mail_server.open()
        while waiting and not drain_state.is_draining():
            _send(mail_server, waiting[0])
            waiting.pop(0)
    except OSError as error:  # those of smtplib are, too
        problem = type(error).__name__
        logs.event("error", status="error", level=logging.ERROR, error=f"letters: {problem}")
        # The first goes behind the others, should it alone have made the mail server hang up.
        services.try_again(waiting.pop(0), problem)
        _outage.begin()
    finally:
        with contextlib.suppress(OSError):
            mail_server.close()
        services.put_back(waiting)
    return len(letters) == BATCH and not waiting


def _send(mail_server: BaseEmailBackend, letter: Letter) -> None:
    """Send one letter, or settle what becomes of it; raises OSError when none can be sent."""
    person = recipient_of(letter)
    problem, ended = "", True
    if letter.ends_at <= now():
        problem = "too late"
    elif person:
        try:
            message = written(letter, person)
            db.release_connections()
            mail_server.send_messages([message])
        except SMTPRecipientsRefused as refused:
            # A server that says 4xx wants to be asked again.
            codes = sorted({code for code, _text in refused.recipients.values()})
            problem, ended = f"refused: {codes}", codes[0] >= 500
        except SMTPDataError as refused:
            problem, ended = f"refused: {refused.smtp_code}", refused.smtp_code >= 500
        except (SMTPNotSupportedError, ValueError) as error:
            problem = type(error).__name__
    if problem:
        logs.event("error", status="error", level=logging.WARNING, error=f"a letter: {problem}")
    if person and not problem:
        services.letter_went(letter)
    elif ended:
        services.letter_failed(letter, problem or "nobody active")
    else:
        services.try_again(letter, problem)


class MailOutage:
    """Remembers that the mail server is away, so that this process asks it now and then only."""

    def __init__(self) -> None:
        self._ask_again_at = 0.0

    def begin(self) -> None:
        """Note that it did not answer."""
        self._ask_again_at = time.monotonic() + OUTAGE_SECONDS

    def may_ask(self) -> bool:
        """Tell whether it is to be tried."""
        return time.monotonic() >= self._ask_again_at


_outage = MailOutage()


async def send_letters() -> None:
    """Send every letter that is due; raises Unavailable without the database."""
    if not _outage.may_ask() or not await db.read(selectors.letters_are_due):
        return
    try:
        while await db.run_long(send_due_letters):
            pass
    except Error as error:
        if is_outage(error):
            raise DatabaseAway(f"the database cannot do this now: {error}") from error
        raise


async def purge() -> None:
    """Delete what has ended."""
    await purge_in_batches(services.purge)


def duties() -> list[tuple[float, Callable[[], Awaitable[None]]]]:
    """List the duties with their periods in seconds."""
    return [(LOOK_SECONDS, send_letters), (PURGE_SECONDS, purge)]
