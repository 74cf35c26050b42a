"""The mail server: reached, greeted and logged in to. No letter is sent."""

from collections.abc import Iterator
from smtplib import SMTPAuthenticationError, SMTPException
from typing import Any, Final

from django.conf import settings
from django.core import mail

from speaktracker.configuration.email_settings import CONSOLE, NONE
from speaktracker.db.outage import reason_of
from speaktracker.doctor.findings import Finding

TIMEOUT_SECONDS: Final = 5
_NO_SERVER: Final = {
    NONE: "EMAIL_URL is not set: no letter leaves.",
    CONSOLE: "Letters are printed into the log, and none leaves.",
}


def check_email() -> Iterator[Finding]:
    """Do all that a letter needs, up to the letter."""
    if off := _NO_SERVER.get(settings.EMAIL_BACKEND):
        yield Finding("e-mail", "off", off)
        return
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    sender: Any = mail.get_connection(timeout=TIMEOUT_SECONDS)
    try:
        sender.open()
        code, answer = sender.connection.noop()
    except SMTPAuthenticationError:
        says = f"{server} refuses user or password: check EMAIL_URL."
        yield Finding("e-mail", "failed", says)
    except (OSError, SMTPException) as error:
        says = f"{server} cannot be used: {reason_of(error)}. Check EMAIL_URL and the network."
        yield Finding("e-mail", "failed", says)
    else:
        says = f"{server} answers; nothing was sent."
        odd = f"{server} answers {code} {answer!r} to NOOP: look at its log."
        yield Finding("e-mail", "ok" if code == 250 else "warning", says if code == 250 else odd)
    finally:
        sender.close()
