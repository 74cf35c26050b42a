"""What is held of quick replies on people: a tutor's own, which go with them."""

from feedback.quick_replies.models import OwnQuickReply
from speaktracker.roster.erasure.holdings import Holding, Shown, register, shown
from speaktracker.roster.erasure.named_person import NamedPerson


def kept_replies(person: NamedPerson) -> Shown:
    """Show the texts that a tutor keeps."""
    return shown(OwnQuickReply.objects.filter(tutor=person.pk), "text")


register(Holding("quick_replies", (OwnQuickReply,), kept_replies))
