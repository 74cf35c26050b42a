"""Which credentials still hold, read. That they expire is for who has them to notice."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Exists, QuerySet

from speaktracker.auth.credentials import Credentials
from speaktracker.auth.models import RefreshFamily
from speaktracker.clock import now
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.models import User
from speaktracker.roster.selectors import STANDING, in_batches


def _holders(user_id: Any, version: Any) -> QuerySet[User]:
    people = User.objects.filter(pk=user_id, is_active=True, credentials_version=version)
    return people.only(*STANDING)


def _holders_by_family(user_id: Any, version: Any, family: Any) -> QuerySet[User]:
    ended = RefreshFamily.objects.filter(pk=family, ended_at__isnull=False)
    return _holders(user_id, version).filter(~Exists(ended))


_HOLDERS, _HOLDERS_BY_FAMILY = KeptQuery(_holders), KeptQuery(_holders_by_family)


def holder_of(credentials: Credentials) -> User | None:
    """Return whom credentials identify; None once they have ended."""
    whose = credentials.user_id, credentials.version
    if credentials.family:
        found = _HOLDERS_BY_FAMILY.models(*whose, credentials.family)
    else:
        found = _HOLDERS.models(*whose)
    return found[0] if found else None


def session_ends(session_keys: Iterable[str]) -> dict[str, datetime]:
    """Return when each of these sessions expires; those that have ended are left out."""
    found: dict[str, datetime] = {}
    for some in in_batches(session_keys):
        lasting = Session.objects.filter(session_key__in=some, expire_date__gt=now())
        found.update(lasting.order_by().values_list("session_key", "expire_date"))
    return found


_ENDED_FAMILIES = KeptQuery(
    lambda ids: (
        RefreshFamily.objects.filter(AnyOf("pk", ids), ended_at__isnull=False)
        .order_by()
        .values_list("pk")
    )
)


def ended_families(families: Iterable[str]) -> set[str]:
    """Select those of these refresh families that were ended."""
    asked = set(families)
    return {family for (family,) in _ENDED_FAMILIES.rows(asked)} if asked else set()


def with_ended_source(credentials: Collection[Credentials]) -> set[Credentials]:
    """Select those whose session is gone or expired, or whose refresh family was ended."""
    lasting = session_ends(one.session_key for one in credentials if one.session_key)
    families = ended_families(one.family for one in credentials if one.family)
    return {
        one
        for one in credentials
        if (one.session_key and one.session_key not in lasting) or one.family in families
    }
