"""Letters and codes held for people; letters that name an address go with the person."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from speaktracker.passwords.models import FirstCode, Letter, Mailing
from speaktracker.roster.erasure.holdings import Holding, Shown, register, shown
from speaktracker.roster.erasure.named_person import NamedPerson
from speaktracker.roster.selectors import in_batches
from speaktracker.roster.signals import people_going


@receiver(people_going)
def erase_letters(people: Collection[NamedPerson], **_kwargs: Any) -> None:
    """Delete letters that wait under these addresses; those to people go with their people."""
    for some in in_batches(person.email for person in people):
        Letter.objects.filter(address__in=some).delete()


def letters(person: NamedPerson) -> Shown:
    """Show the letters to this person that wait, or that none could be sent."""
    own = Letter.objects.filter(Q(person=person.pk, person__isnull=False) | Q(address=person.email))
    return shown(own, "kind", "address", "language", "due_at", "ends_at", "attempts", "problem")


def first_codes(person: NamedPerson) -> Shown:
    """Say until when a one-time code opens an account; the code itself is nowhere."""
    return shown(FirstCode.objects.filter(person=person.pk), "expires_at")


def mailings(person: NamedPerson) -> Shown:
    """Show the invitations that this person sent, without to whom."""
    return shown(Mailing.objects.filter(asked_by=person.pk), "asked_at", "wanted", "sent")


register(
    Holding("letters", (Letter,), letters),
    Holding("one_time_codes", (FirstCode,), first_codes),
    Holding("invitations_sent", (Mailing,), mailings),
)
