"""Ending identities: one sign-in, or all that a person ever made; and what is over, deleted."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, QuerySet

from speaktracker.auth.credentials import Credentials
from speaktracker.auth.models import RefreshFamily, Ticket
from speaktracker.auth.validity.held_sign_ins import pages_of_sessions
from speaktracker.auth.validity.signals import credentials_ended
from speaktracker.clock import now
from speaktracker.db.purging import delete_oldest
from speaktracker.roster.change_log.selectors import MOST_CHANGES
from speaktracker.roster.models import RosterChange, User
from speaktracker.roster.selectors import in_batches, standings

# Rows deleted in one transaction, so that nobody waits long for the writer.
PURGED_TOGETHER = 1_000


def announce_end(user_id: int) -> None:
    """Say after the commit whose credentials ended; a listener that fails undoes nothing."""
    transaction.on_commit(lambda: credentials_ended.send_robust(sender=None, user_ids=[user_id]))


def sign_out_everywhere(user_ids: Iterable[int]) -> int:
    """End every session, token, ticket and live socket of these people; return how many they are.

    Sessions end by their hash, which includes the version; they are deleted when next seen.
    """
    return sum(_sign_out_together(some) for some in in_batches(user_ids))


@transaction.atomic
def _sign_out_together(user_ids: Sequence[int]) -> int:
    # In one order, as admissions lock them.
    people = User.objects.select_for_update(no_key=True).filter(pk__in=user_ids).order_by("pk")
    ids = list(people.values_list("pk", flat=True))
    RefreshFamily.objects.filter(user__in=ids).delete()
    Ticket.objects.filter(user__in=ids).delete()
    return User.objects.filter(pk__in=ids).update(credentials_version=F("credentials_version") + 1)


@transaction.atomic
def end_family(credentials: Credentials) -> None:
    """End the sign-in that a token came from: its refresh token, access tokens and sockets."""
    end = now() + settings.REFRESH_TOKEN_LIFETIME
    RefreshFamily.objects.update_or_create(
        pk=credentials.family,
        defaults={"ended_at": now()},
        create_defaults={
            "user_id": credentials.user_id,
            "ended_at": now(),
            "expires_at": end,
        },
    )
    announce_end(credentials.user_id)


def end_sessions_of(user_ids: Collection[int]) -> int:
    """Delete the sessions of these people, deleted ones too; return how many.

    Every session that lasts is opened for it, a page at a time, so not on anybody's way: they are
    dead without, since their people's numbers went on or are gone.
    """
    people, ended = {str(pk) for pk in user_ids}, 0
    if not people:
        return 0
    for page in pages_of_sessions():
        keys = [session.session_key for session, whose in page if whose in people]
        if keys:
            ended += Session.objects.filter(session_key__in=keys).delete()[0]
    return ended


def recently_deleted() -> set[int]:
    """Return whom the latest changes in the log name and who are no more; not all of very many."""
    latest = RosterChange.objects.order_by("-pk").values_list("kind", "user_id")[:MOST_CHANGES]
    ids = {user_id for kind, user_id in latest if kind == RosterChange.PERSON and user_id}
    return ids - set(standings(ids))


def purge() -> bool:
    """Delete a batch of families, tickets and sessions that are over; tell whether more may be."""
    # An access token of a family outlives its last refresh token by its own lifetime.
    families_before = now() - settings.ACCESS_TOKEN_LIFETIME - timedelta(minutes=1)
    over: tuple[tuple[QuerySet[Any], str], ...] = (
        (RefreshFamily.objects.filter(expires_at__lt=families_before), "expires_at"),
        (Ticket.objects.filter(expires_at__lt=now()), "expires_at"),
        (Session.objects.filter(expire_date__lt=now()), "expire_date"),
    )
    return max(delete_oldest(rows, end, PURGED_TOGETHER) for rows, end in over) >= PURGED_TOGETHER
