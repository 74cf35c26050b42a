"""Divides the shares of the keys among the relays, in SQL, on the database's clock.

All of it happens under the row called `mirror`, which has its own lease: each relay renews it
together with its own row, so that it ends with the last of them. A release that knows no shares
sees that somebody else has it, and carries nothing over; and while such a release has it, nobody
here has a share.
"""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Now

from speaktracker.exceptions import Unavailable
from speaktracker.persistence.models import RelayLease
from speaktracker.persistence.records import SHARES
from speaktracker.persistence.relay import backlog

NAME = "mirror"
# Before the name of a division, which is another after each change.
TOGETHER = "together:"


@dataclass(frozen=True, slots=True)
class Division:
    """What one relay has: `shares` stand in its row, `quota` is how many it may have.

    `is_new` where the row was not there, or not in time: what was read before counts no more.
    """

    name: str
    shares: frozenset[int] = frozenset()
    quota: int = 0
    is_alone: bool = False
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class RelayClaim:
    """What a relay asks for: a row in its name, and in it no more of its shares than `kept`.

    With `only_alone` it has none where another has. `seconds` is how long a lease lasts, and what
    was done within `rewritten_seconds` of an end that nobody saw is written again. `is_awaited`
    tells whether the relay still waits for the answer: what it does not learn must not be so.
    """

    name: str
    owner: str
    kept: frozenset[int]
    seconds: float
    rewritten_seconds: float
    is_awaited: Callable[[], bool]
    only_alone: bool = False


@transaction.atomic
def claim_shares(claim: RelayClaim, last: Division | None) -> Division | None:
    """Renew what a relay has, or change it; None while a release before has the mirror.

    Who is alone is renewed in one statement, others in two: `last` is what was answered last.
    """
    if last and _renew(claim, last) and last.shares == claim.kept:
        over = _relays().filter(expires_at__lte=Now())
        if last.is_alone or not over.exists():
            return replace(last, is_new=False)
    return _divide(claim)


@transaction.atomic
def leave_division(name: str, is_clean: bool) -> None:
    """Give up a relay's shares; others take them at their next look.

    Unless it `is_clean`, as after a death: what it wrote of late is written again.
    """
    mirror = RelayLease.objects.filter(name=NAME, owner__startswith=TOGETHER)
    if not mirror.select_for_update().exists():
        return
    own = RelayLease.objects.filter(name=name)
    if is_clean:
        own.delete()
    else:
        own.update(expires_at=Now())
    if _relays().filter(expires_at__gt=Now()).exists():
        mirror.update(owner=f"{TOGETHER}{uuid.uuid4().hex[:12]}")
    else:  # a release before may take it at once
        mirror.update(expires_at=Now())


def note_trouble(name: str, error: str) -> None:
    """Write down for every process what troubles a relay; empty when nothing does."""
    row = RelayLease.objects.filter(name=name)
    row.update(error=error, error_at=Now() if error else None)


def shares_in(text: str) -> frozenset[int]:
    """Read the shares of a row."""
    return frozenset(map(int, text.split()))


def fair_number(names: Collection[str], name: str) -> int:
    """Say how many shares a relay of these has: as many as any other, or one more."""
    each, left = divmod(len(SHARES), len(names))
    return each + (sorted(names).index(name) < left)


def _renew(claim: RelayClaim, last: Division) -> bool:
    both = Q(name=NAME, owner=last.name) | Q(name=claim.name)
    rows = RelayLease.objects.filter(both, expires_at__gt=Now())
    return rows.update(expires_at=backlog.in_seconds(claim.seconds)) == 2


def _divide(claim: RelayClaim) -> Division | None:
    owner, is_taken = _locked_mirror()
    if not claim.is_awaited():
        raise Unavailable("A later claim of this relay counts.")
    rows = RelayLease.objects.filter(name=claim.name)
    if is_taken and not owner.startswith(TOGETHER):
        rows.delete()
        return None
    ended = _reap()
    shares_of = {name: shares_in(text) for name, text in _relays().values_list("name", "shares")}
    own = shares_of.pop(claim.name, None)
    if claim.only_alone and shares_of and own is None:
        return None
    if own is None and not shares_of:
        # Whoever had the mirror last may have been of a release that says nothing of shares, or
        # could not write what this one can.
        backlog.make_recent_due(claim.rewritten_seconds)
        backlog.retry_all()
    elif ended:
        # They may have been stopped between reading a record and writing it, and written it after
        # all: whatever they wrote of late is written again.
        backlog.make_recent_due(claim.rewritten_seconds, ended)
    kept = (own or frozenset()) & claim.kept
    free = sorted(frozenset(SHARES).difference(kept, *shares_of.values()))
    quota = fair_number([claim.name, *shares_of], claim.name)
    gained = free[: max(0, quota - len(kept))]
    if gained and shares_of:
        backlog.retry_of(gained)
    shares = kept.union(gained)
    if ended or shares != own or not owner.startswith(TOGETHER):
        owner = f"{TOGETHER}{uuid.uuid4().hex[:12]}"
    _write(claim, owner, shares, is_new=own is None)
    return Division(owner, shares, quota, is_alone=not shares_of, is_new=own is None)


def _locked_mirror() -> tuple[str, bool]:
    """Lock the row for all, made where it is not there; say who has it, and whether in time."""
    is_live = ExpressionWrapper(Q(expires_at__gt=Now()), BooleanField())
    row = RelayLease.objects.select_for_update().filter(name=NAME).annotate(is_live=is_live)
    while not (found := row.values_list("owner", "is_live").first()):
        RelayLease.objects.bulk_create([RelayLease(name=NAME)], ignore_conflicts=True)
    return found


def _reap() -> frozenset[int]:
    """Delete the rows of relays whose time is over; say which shares they had."""
    over = _relays().filter(expires_at__lte=Now())
    # One that is being renewed right now is not over.
    rows = list(over.select_for_update(skip_locked=True).values_list("name", "shares"))
    if rows:
        RelayLease.objects.filter(name__in=[name for name, _ in rows]).delete()
    return frozenset().union(*(shares_in(text) for _, text in rows))


def _relays() -> QuerySet[RelayLease]:
    return RelayLease.objects.exclude(name=NAME)


def _write(claim: RelayClaim, owner: str, shares: Collection[int], is_new: bool) -> None:
    until, text = backlog.in_seconds(claim.seconds), " ".join(map(str, sorted(shares)))
    row = RelayLease(name=claim.name, owner=claim.owner, expires_at=until, shares=text)
    if is_new:
        RelayLease.objects.bulk_create([row])
    else:
        RelayLease.objects.filter(name=claim.name).update(expires_at=until, shares=text)
    all_of_us = RelayLease.objects.filter(name=NAME)
    all_of_us.update(owner=owner, expires_at=until, error="", error_at=None)
