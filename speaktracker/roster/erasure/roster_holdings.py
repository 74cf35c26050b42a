"""What the roster, the guard of passwords and the admin's log hold on a person."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from speaktracker.guard.models import FailedTry, KnownAddress
from speaktracker.guard.selectors import account_digest
from speaktracker.roster.erasure.admin_log import without_others
from speaktracker.roster.erasure.holdings import Holding, Shown, register, shown
from speaktracker.roster.erasure.named_person import NamedPerson, ids_of
from speaktracker.roster.loans.models import Loan
from speaktracker.roster.models import ArchivedStudent, TutorStudent, User, YearEnd

PROFILE = ("email", "name", "user_type", "language", "is_staff", "is_superuser", "is_active")
DATES = ("date_joined", "last_login", "credentials_changed_at")


def profile(person: NamedPerson) -> Shown:
    """Show the person's row, with groups, without the password's hash."""
    rows = User.objects.filter(pk__in=ids_of([person]))
    groups = rows.filter(groups__isnull=False).values_list("groups__name", flat=True)
    return [{**row, "groups": list(groups)} for row in shown(rows, *PROFILE, *DATES)]


def own_tutor(person: NamedPerson) -> Shown:
    """Name a student's tutor."""
    return shown(
        TutorStudent.objects.filter(student=person.pk), "tutor__email", "group", "changed_at"
    )


def own_students(person: NamedPerson) -> Shown:
    """Say since when a tutor has had each student; who they are is theirs."""
    return shown(TutorStudent.objects.filter(tutor=person.pk), "changed_at")


def archived(person: NamedPerson) -> Shown:
    """Show when the year ended for a student, and until when that can be undone."""
    rows = ArchivedStudent.objects.filter(student=person.pk)
    return shown(rows, "year_end__made_at", "year_end__due_at", "tutor__email", "group")


def year_ends(person: NamedPerson) -> Shown:
    """Show when the person ended others' year; whose is theirs."""
    return shown(YearEnd.objects.filter(made_by=person.pk), "made_at", "students")


def loans(person: NamedPerson) -> Shown:
    """Say when a tutor lent students, or was lent some; who they are is theirs."""
    own = Loan.objects.filter(Q(tutor=person.pk) | Q(substitute=person.pk))
    return shown(own, "first_day", "last_day", "extent", "group", "ended_at")


def lent(person: NamedPerson) -> Shown:
    """Say on which days a student was chosen to be lent, and to whom."""
    own = Loan.objects.filter(chosen=person.pk)
    return shown(own, "first_day", "last_day", "substitute__email", "ended_at")


def failed_tries(person: NamedPerson) -> Shown:
    """Show when a password of this address did not match."""
    own = FailedTry.objects.filter(account=account_digest(person.email))
    return shown(own, "at", "known", "forgiven")


def known_addresses(person: NamedPerson) -> Shown:
    """Show when the person last signed in from each known place; the place is kept as a digest."""
    return shown(KnownAddress.objects.filter(account=account_digest(person.email)), "used_at")


def admin_log_about(person: NamedPerson) -> Shown:
    """Show what staff did with the person's row; who of them is theirs."""
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk)
    )
    rows = shown(about, "action_time", "action_flag", "object_repr", "change_message")
    for row in rows:  # on a tutor's page students are changed, too
        row["change_message"] = without_others(row["change_message"], person.email)
    return rows


def admin_log_by(person: NamedPerson) -> Shown:
    """Show what the person did in the admin, without whom it was about."""
    own = LogEntry.objects.filter(user=person.pk)
    return shown(own, "action_time", "action_flag", "content_type__model")


register(
    Holding("person", (User,), profile),
    Holding("tutor", (TutorStudent,), own_tutor),
    Holding("students", (TutorStudent,), own_students),
    Holding("archived", (ArchivedStudent,), archived),
    Holding("year_ends", (YearEnd,), year_ends),
    Holding("loans", (Loan,), loans),
    Holding("lent", (Loan.chosen.through,), lent),
    Holding("failed_sign_ins", (FailedTry,), failed_tries),
    Holding("known_addresses", (KnownAddress,), known_addresses),
    Holding("admin_log_about", (LogEntry,), admin_log_about),
    Holding("admin_log_by", (LogEntry,), admin_log_by),
)
