"""A student's question, read."""

from realtime.models import Presence
from realtime.presence.circumstances import HelpCall
from realtime.presence.presence_rows import help_of


def current_call(student_id: int) -> HelpCall | None:
    """Read the question of a student's stay in class, ended or not."""
    presence = Presence.objects.filter(pk=student_id).first()
    return help_of(presence) if presence else None
