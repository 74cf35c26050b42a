"""How a try is refused: one exception that forms show and the API answers, with the wait in words.

It tells nobody whether an account exists: it goes by what was typed, not by whom it belongs to.
"""

import math
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import status
from rest_framework.exceptions import APIException

from speaktracker import metrics
from speaktracker.guard.visits import current_visit

BUSY_SECONDS = 5


class TryRefused(APIException, ValidationError):
    """A secret was not even compared; `wait` is in whole seconds.

    A form that checks the secret shows it as its error, a view of the API answers it, and the
    middleware gives either answer its status and Retry-After.
    """

    def __init__(self, reason: metrics.RefusedTry, message: str, seconds: float) -> None:
        ValidationError.__init__(self, message, code=reason)
        self.detail: Any = message
        self.wait = max(math.ceil(seconds), 1)
        is_busy = reason == "busy"
        self.status_code = (
            status.HTTP_503_SERVICE_UNAVAILABLE if is_busy else status.HTTP_429_TOO_MANY_REQUESTS
        )
        metrics.try_refused(reason)
        current_visit().refusal = self


def too_many_failures(seconds: float) -> TryRefused:
    """Say how long to wait after too many failures."""
    message = _("Too many attempts that did not match. Please try again in %s.") % in_words(seconds)
    return TryRefused("waiting", message, seconds)


def too_many_at_once() -> TryRefused:
    """Say that more people sign in at the moment than this process can take."""
    message = _("Very many people are signing in right now. Please try again in %s.")
    return TryRefused("busy", message % in_words(BUSY_SECONDS), BUSY_SECONDS)


def in_words(seconds: float) -> str:
    """Write a time as people say it: seconds below a minute, else whole minutes."""
    whole = max(math.ceil(seconds), 1)
    if whole < 60:
        return ngettext("%d second", "%d seconds", whole) % whole
    count = math.ceil(whole / 60)
    return ngettext("%d minute", "%d minutes", count) % count
