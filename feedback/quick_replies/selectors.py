"""Quick replies, read."""

from dataclasses import dataclass

from feedback.quick_replies.models import OwnQuickReply, SchoolQuickReply
from realtime.protocol.wire_limits import QUICK_REPLIES


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A text as a tutor is offered it; one of their own they may change and delete by its `id`."""

    id: int
    text: str
    is_own: bool


def offered_to(tutor_id: int, language: str) -> list[QuickReply]:
    """List the tutor's own, oldest first, and the school's after them in `language` (ko or en)."""
    own = OwnQuickReply.objects.filter(tutor=tutor_id).order_by("pk")
    school = SchoolQuickReply.objects.order_by("position", "pk")[:QUICK_REPLIES]
    return [
        *(QuickReply(reply.pk, reply.text, is_own=True) for reply in own),
        *(
            QuickReply(reply.pk, reply.text_en if language == "en" else reply.text_ko, is_own=False)
            for reply in school
        ),
    ]
