"""Which credentials still hold, read. That they expire is for who has them to notice."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Exists

from speaktracker.auth.credentials import Credentials
from speaktracker.auth.models import RefreshFamily
from speaktracker.clock import now
from speaktracker.db.rows.kept_query import GIVEN, AnyOf, KeptQuery
from speaktracker.roster.models import User
from speaktracker.roster.selectors import STANDING, in_batches


def holder_of(credentials: Credentials) -> User | None:
    """Return whom credentials identify; None once they have ended."""
    people = User.objects.filter(
        pk=credentials.user_id, is_active=True, credentials_version=credentials.version
    )
    if credentials.family:
        ended = RefreshFamily.objects.filter(pk=credentials.family, ended_at__isnull=False)
        people = people.filter(~Exists(ended))
    return people.only(*STANDING).first()


def session_ends(session_keys: Iterable[str]) -> dict[str, datetime]:
    """Return when each of these sessions expires; those that have ended are left out."""
    found: dict[str, datetime] = {}
    for some in in_batches(session_keys):
        lasting = Session.objects.filter(session_key__in=some, expire_date__gt=now())
        found.update(lasting.order_by().values_list("session_key", "expire_date"))
    return found


_ENDED_FAMILIES = KeptQuery(
    lambda: (
        RefreshFamily.objects.filter(AnyOf("pk", GIVEN), ended_at__isnull=False)
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
