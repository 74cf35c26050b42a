"""What a sign-in form says of its computer, whichever form it was."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.forms import CheckboxInput
from django.http import HttpRequest

from speaktracker.auth.shared_computers.forms import FIELD
from speaktracker.auth.shared_computers.session_store import SessionStore


@receiver(user_logged_in)
def begin_session(request: HttpRequest, **_kwargs: Any) -> None:
    """Make the session that begins one of a shared computer, where the form says so."""
    said = CheckboxInput().value_from_datadict(request.POST, request.FILES, FIELD)
    if isinstance(request.session, SessionStore):
        request.session.share(bool(said))
