"""What follows when somebody signs out of the pages or the admin."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest

from speaktracker.auth.validity.services import announce_end
from speaktracker.roster.models import User


@receiver(user_logged_out)
def end_session(request: HttpRequest, user: User | None, **_kwargs: Any) -> None:
    """Announce a session that somebody left, for the sockets that it opened."""
    session: SessionBase = request.session
    if user is None or session.session_key is None:
        return
    # Django deletes it after this signal: then a socket that is quick would come in once more.
    session.delete(session.session_key)
    announce_end(user.pk)
