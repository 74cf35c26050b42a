"""Students who are online and whose tutor or group is another one than their presence says."""

from collections.abc import Iterable

from realtime.models import Presence
from speaktracker.roster.selectors import in_batches, placements_of

_PLACED = ("pk", "tutor_id", "group")


def misplaced(student_ids: Iterable[int]) -> set[int]:
    """Find those of these students whom `transitions.reconcile` has to move."""
    found: set[int] = set()
    for batch in in_batches(student_ids):
        # Who is offline is moved by the next connect.
        online = Presence.objects.filter(pk__in=batch, online=True).order_by()
        then = {pk: (tutor, group) for pk, tutor, group in online.values_list(*_PLACED)}
        now = {pk: (one.tutor.pk, one.group) for pk, one in placements_of(then).items()}
        found.update(pk for pk, placed in then.items() if placed != now.get(pk, (None, "")))
    return found


def online_students_of(tutor_ids: Iterable[int]) -> set[int]:
    """Find the students of these tutors, active or not, who are online."""
    found: set[int] = set()
    for batch in in_batches(tutor_ids):
        online = Presence.objects.filter(student__mapping__tutor__in=batch, online=True)
        found.update(online.order_by().values_list("pk", flat=True))
    return found
