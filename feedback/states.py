"""How far feedback has come: written by a connection, acknowledged by a client."""

from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from feedback.models import Feedback, State
from speaktracker.clock import now

# From each state, the ones a client may still move it to.
_BEFORE = {
    State.DELIVERED: [State.QUEUED],
    State.SEEN: [State.QUEUED, State.DELIVERED],
    State.PLAYED: [State.QUEUED, State.DELIVERED, State.SEEN],
}


@transaction.atomic
def confirm(student_id: int, message_ids: Sequence[str]) -> list[Feedback]:
    """Note that a connection wrote these; return those that are `delivered` only now."""
    own = Feedback.objects.filter(student_id=student_id, message_id__in=message_ids)
    unwritten = list(own.filter(written_at__isnull=True).select_for_update())
    own.filter(pk__in=[row.pk for row in unwritten]).update(written_at=now())
    return move_on(unwritten, State.DELIVERED)


@transaction.atomic
def acknowledge(student_id: int, message_ids: Collection[str], state: State) -> list[Feedback]:
    """Note what a student's client did with its own messages.

    Returns those of which this is news: acknowledged for the first time, or moved on.
    """
    own = Feedback.objects.filter(student_id=student_id, message_id__in=message_ids)
    is_news = Q(acknowledged_at__isnull=True) | Q(state__in=_BEFORE[state])
    # Locked before they are looked at: of two tabs that say the same at once, one has news.
    rows = list(own.filter(is_news).select_for_update())
    moment = now()
    Feedback.objects.filter(pk__in=[row.pk for row in rows]).update(
        written_at=Coalesce("written_at", moment),
        acknowledged_at=Coalesce("acknowledged_at", moment),
    )
    for row in rows:
        row.acknowledged_at = row.acknowledged_at or moment
    move_on(rows, state)
    return rows


def move_on(rows: Iterable[Feedback], state: State) -> list[Feedback]:
    """Move those locked rows on to `state` that have not come as far yet, and return them."""
    moved = [row for row in rows if row.state in _BEFORE[state]]
    for row in moved:
        row.state = state
    Feedback.objects.filter(pk__in=[row.pk for row in moved]).update(state=state)
    return moved
