"""Passwords chosen, letters asked for and codes issued."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F

from speaktracker.clock import now
from speaktracker.db.purging import delete_oldest
from speaktracker.guard.services import remember_address
from speaktracker.passwords.first_codes import code_digest, make_code
from speaktracker.passwords.models import FirstCode, Letter, Mailing
from speaktracker.passwords.password_links import person_of
from speaktracker.roster.models import User
from speaktracker.text import normal_email

# A batch that a process claimed and did not finish is another's after this.
CLAIM_SECONDS = 10 * 60
MAILING_KEPT_DAYS = 30
PURGE_ROWS = 1_000
# Minutes between the attempts of a letter, the last one from then on.
PAUSES = (0.5, 2, 10, 30, 60)


def choose_password(token: str, password: str) -> User:
    """Give the person of the link's `token` a password, once; raises LinkEnded."""
    hashed = make_password(password)  # slow: before the rows are locked
    with transaction.atomic():
        # Of two that use a link at once, the second finds it ended under the lock.
        person = person_of(token, User.objects.select_for_update(no_key=True))
        set_password_hash(person, hashed)
    remember_address(person.email, person.pk)
    return person


def change_own_password(person: User, password: str) -> None:
    """Replace the password of a person who has proved to know the old one."""
    hashed = make_password(password)
    with transaction.atomic():
        set_password_hash(person, hashed)


def set_password_hash(person: User, hashed: str) -> None:
    """Store the hash, end the code on paper, and read what the database made of it."""
    person.password = hashed
    person.save(update_fields=["password"])
    FirstCode.objects.filter(person=person).delete()
    person.refresh_from_db(fields=["credentials_version"])


def ask_for_link(address: str, language: str) -> None:
    """Queue a letter to whoever has `address`; the same work whether anybody has it."""
    moment = now()
    Letter.objects.create(
        kind=Letter.Kind.RESET,
        address=normal_email(address),
        language=language,
        due_at=moment,
        ends_at=moment + timedelta(minutes=settings.LIMITS.reset_link_minutes),
    )


@transaction.atomic
def invite(asked_by: User, people_ids: Iterable[int], language: str) -> Mailing:
    """Queue an invitation for each of these people."""
    ids, moment = sorted(set(people_ids)), now()
    mailing = Mailing.objects.create(asked_by=asked_by, wanted=len(ids))
    ends_at = moment + timedelta(days=settings.LIMITS.invitation_days)
    Letter.objects.bulk_create(
        [
            Letter(
                kind=Letter.Kind.INVITATION,
                person_id=person_id,
                mailing=mailing,
                language=language,
                due_at=moment,
                ends_at=ends_at,
            )
            for person_id in ids
        ],
        batch_size=500,
    )
    return mailing


def issue_codes(people: Iterable[User]) -> list[tuple[User, str]]:
    """Give each of `people` a code, in place of an earlier one; answered here and never again."""
    issued = [(person, make_code()) for person in people]
    expires_at = now() + timedelta(days=settings.LIMITS.first_code_days)
    FirstCode.objects.bulk_create(
        [
            FirstCode(person=person, digest=code_digest(person, code), expires_at=expires_at)
            for person, code in issued
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["person"],
        update_fields=["digest", "expires_at"],
    )
    return issued


@transaction.atomic
def claim_letters(number: int) -> list[Letter]:
    """Take up to `number` letters that are due, which no other process takes meanwhile."""
    due = Letter.objects.filter(due_at__lte=now()).order_by("-kind", "due_at")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    letters = list(due.select_related("person")[:number])
    claimed = Letter.objects.filter(pk__in=[letter.pk for letter in letters])
    claimed.update(due_at=now() + timedelta(seconds=CLAIM_SECONDS), attempts=F("attempts") + 1)
    return letters


@transaction.atomic
def letter_went(letter: Letter) -> None:
    """Forget a letter that was sent, and count it."""
    Letter.objects.filter(pk=letter.pk).delete()
    if letter.mailing_id is not None:
        Mailing.objects.filter(pk=letter.mailing_id).update(sent=F("sent") + 1)


def letter_failed(letter: Letter, problem: str) -> None:
    """Give a letter up; one of a mailing stays, to be seen."""
    given_up = Letter.objects.filter(pk=letter.pk)
    if letter.mailing_id is None:
        given_up.delete()
    else:
        given_up.update(due_at=None, problem=problem[:100])


def try_again(letter: Letter, problem: str) -> None:
    """Let a letter that could not be sent wait, or give it up at its end."""
    minutes = PAUSES[min(letter.attempts, len(PAUSES) - 1)]
    due_at = now() + timedelta(minutes=minutes)
    if due_at >= letter.ends_at:
        letter_failed(letter, problem)
    else:
        Letter.objects.filter(pk=letter.pk).update(due_at=due_at, problem=problem[:100])


def put_back(letters: Iterable[Letter]) -> None:
    """Give up the claim on letters that were not tried."""
    Letter.objects.filter(pk__in=[letter.pk for letter in letters]).update(
        due_at=now(), attempts=F("attempts") - 1
    )


def purge() -> bool:
    """Delete a mailing of long ago or some of its letters, and some codes that have ended.

    Tells whether more may be.
    """
    old = Mailing.objects.filter(asked_at__lt=now() - timedelta(days=MAILING_KEPT_DAYS))
    mailing = old.order_by("asked_at").first()
    if mailing and delete_oldest(mailing.letters.all(), "pk", PURGE_ROWS) < PURGE_ROWS:
        mailing.delete()
    codes = FirstCode.objects.filter(expires_at__lt=now())
    return delete_oldest(codes, "expires_at", PURGE_ROWS) == PURGE_ROWS or mailing is not None
