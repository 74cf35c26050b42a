"""A tutor's own quick replies, written."""

from django.db import transaction

from feedback.quick_replies.models import OwnQuickReply, SchoolQuickReply
from realtime.protocol.wire_limits import QUICK_REPLIES
from speaktracker.roster.models import User

SCHOOL_EXAMPLES = (
    ("{name}, 아주 잘했어요!", "Very well done, {name}!"),
    ("“{sentence}” 이 문장을 한 번 더 천천히 말해 볼까요?", "Say “{sentence}” once more, slowly."),
    ("{name}, 조금 더 큰 소리로 말해 보세요.", "A little louder, please, {name}."),
)


class TooManyQuickReplies(Exception):
    """The tutor keeps as many as anybody may."""


class UnknownQuickReply(Exception):
    """The tutor has none of this id: it is gone, another's or the school's."""


class SameQuickReply(Exception):
    """The tutor keeps this text already."""


@transaction.atomic
def keep(tutor_id: int, text: str) -> OwnQuickReply:
    """Keep a text for a tutor, once; raises TooManyQuickReplies."""
    _lock(tutor_id)
    own = OwnQuickReply.objects.filter(tutor=tutor_id)
    known = own.filter(text=text).first()
    if known:
        return known
    if own.count() >= QUICK_REPLIES:
        raise TooManyQuickReplies
    return OwnQuickReply.objects.create(tutor_id=tutor_id, text=text)


@transaction.atomic
def reword(tutor_id: int, reply_id: int, text: str) -> OwnQuickReply:
    """Change the text of a tutor's own; raises UnknownQuickReply, SameQuickReply."""
    _lock(tutor_id)
    own = OwnQuickReply.objects.filter(tutor=tutor_id)
    reply = own.filter(pk=reply_id).first()
    if reply is None:
        raise UnknownQuickReply
    if own.filter(text=text).exclude(pk=reply_id).exists():
        raise SameQuickReply
    reply.text = text
    reply.save(update_fields=["text"])
    return reply


def delete(tutor_id: int, reply_id: int) -> None:
    """Delete a tutor's own; raises UnknownQuickReply."""
    deleted, _by_model = OwnQuickReply.objects.filter(tutor=tutor_id, pk=reply_id).delete()
    if not deleted:
        raise UnknownQuickReply


def seed_examples() -> int:
    """Give a school that offers none some to begin with; return how many were added."""
    if SchoolQuickReply.objects.exists():
        return 0
    return len(
        SchoolQuickReply.objects.bulk_create(
            SchoolQuickReply(text_ko=korean, text_en=english, position=place)
            for place, (korean, english) in enumerate(SCHOOL_EXAMPLES, 1)
        )
    )


def _lock(tutor_id: int) -> None:
    # Counted and compared one at a time, or two tabs together would keep more, or one text twice.
    User.objects.select_for_update().filter(pk=tutor_id).order_by().values_list("pk").first()
