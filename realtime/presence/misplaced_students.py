"""Students who are online and whose tutor or group is another one than their presence says."""

from collections.abc import Iterable

from realtime.models import Presence
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.selectors import placements_of

# Who is offline is moved by the next connect.
_PLACED = KeptQuery(
    lambda ids: (
        Presence.objects.filter(AnyOf("pk", ids), online=True)
        .order_by()
        .values_list("pk", "tutor_id", "group")
    )
)


def misplaced(student_ids: Iterable[int]) -> set[int]:
    """Find those of these students whom `transitions.reconcile` has to move."""
    then = {pk: (tutor, group) for pk, tutor, group in _PLACED.rows(set(student_ids))}
    now = {pk: (one.tutor.pk, one.group) for pk, one in placements_of(then).items()}
    return {pk for pk, placed in then.items() if placed != now.get(pk, (None, ""))}
