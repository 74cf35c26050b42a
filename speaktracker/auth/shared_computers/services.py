"""What keeps sessions of shared computers: their use."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction

from speaktracker.auth.shared_computers.session_store import idle_time
from speaktracker.clock import now


def note_uses(uses: Mapping[str, datetime]) -> None:
    """Let shared sessions, by their keys, last from when each was used; writes SQL.

    None comes back that has ended, and none ends earlier than it would.
    """
    moment = now()
    with transaction.atomic():
        for key, used_at in uses.items():
            end = used_at + idle_time()
            lasting = Session.objects.filter(pk=key, expire_date__gt=moment, expire_date__lt=end)
            lasting.update(expire_date=end)
