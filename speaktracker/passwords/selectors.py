"""Letters, codes and whom they may be for, read."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from speaktracker.clock import now
from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.passwords.models import FirstCode, Letter, Mailing
from speaktracker.roster.models import User, UserType
from speaktracker.roster.permissions import ids_of_people_above


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a mailing is, in letters; `gone` are those of people who were deleted since."""

    wanted: int
    sent: int
    waiting: int
    failed: int

    @property
    def gone(self) -> int:
        return self.wanted - self.sent - self.waiting - self.failed


def progress_of(mailing: Mailing) -> Progress:
    """Count the letters of `mailing`, which may have been read with their numbers."""
    if (known := getattr(mailing, "waiting_letters", None)) is not None:
        failed: int = getattr(mailing, "failed_letters", 0)
        return Progress(mailing.wanted, mailing.sent, known, failed)
    waiting = mailing.letters.filter(due_at__isnull=False).count()
    failed = mailing.letters.filter(due_at__isnull=True).count()
    return Progress(mailing.wanted, mailing.sent, waiting, failed)


def with_progress(mailings: QuerySet[Mailing]) -> QuerySet[Mailing]:
    """Read mailings with how many of their letters wait and were given up, in one query."""
    letters = Letter.objects.filter(mailing=OuterRef("pk")).order_by().values("mailing")
    waiting = letters.annotate(n=Count("pk", filter=Q(due_at__isnull=False))).values("n")
    failed = letters.annotate(n=Count("pk", filter=Q(due_at__isnull=True))).values("n")
    return mailings.annotate(
        waiting_letters=Coalesce(Subquery(waiting), 0), failed_letters=Coalesce(Subquery(failed), 0)
    )


def failed_letters(mailing: Mailing) -> QuerySet[Letter]:
    """Return the letters of `mailing` that were given up, each with its person."""
    failed = mailing.letters.filter(due_at__isnull=True)
    # Not joined, nor in the order of their people: everybody would be read for a few.
    return failed.prefetch_related("person").order_by("pk")


def failed_invitations() -> QuerySet[Letter]:
    """Return the invitations that were given up and are kept, of all mailings."""
    failed = Letter.objects.filter(kind=Letter.Kind.INVITATION, due_at__isnull=True)
    return failed.order_by("-kind", "due_at")


_DUE = KeptQuery(
    lambda moment: Letter.objects.filter(due_at__lte=moment).order_by().values_list("pk")[:1]
)


def letters_are_due() -> bool:
    """Tell whether a letter is to be sent now."""
    return bool(_DUE.rows(now()))


def reachable(editor: User, people: QuerySet[User]) -> QuerySet[User]:
    """Return those of `people` who are active and whom `editor` may give a way to a password."""
    chosen = people.order_by().values("pk")
    able = User.objects.filter(pk__in=chosen, is_active=True)
    return able.exclude(pk__in=ids_of_people_above(editor))


def students_of_tutors(people: QuerySet[User]) -> QuerySet[User]:
    """Return the students of the tutors among `people`."""
    tutors = people.order_by().filter(user_type=UserType.TUTOR).values("pk")
    return User.objects.filter(mapping__tutor__in=tutors)


def first_code_of(address: str) -> FirstCode | None:
    """Return the unexpired code of the active person with `address`, the person at hand."""
    usable = Q(person__email=address, person__is_active=True, expires_at__gt=now())
    return FirstCode.objects.filter(usable).select_related("person").first()
