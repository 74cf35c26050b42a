"""What failed of late, as the rules want it, and as staff look at it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils.crypto import salted_hmac

from speaktracker.clock import now
from speaktracker.guard.models import DIGEST_LENGTH, FailedTry, KnownAddress
from speaktracker.guard.wait_rules import (
    ADDRESS_SECONDS,
    KEPT_SECONDS,
    NOISY_SECONDS,
    Failure,
    TryHistory,
    seconds_to_wait,
)
from speaktracker.http.network_address import network_of
from speaktracker.text import normal_email

# When somebody guesses at everybody's passwords, a list of everybody tells staff no more.
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class GuardedPair:
    """Digests of an account's e-mail address, and of where somebody tries it from."""

    account: str
    address: str


def account_digest(email: str) -> str:
    """Digest an account's e-mail address with a key: the tables name nobody who mistyped."""
    return _digest("account", normal_email(email))


def address_digest(address: str) -> str:
    """Digest where somebody comes from with a key: a copy of the tables tells nobody's address."""
    return _digest("address", network_of(address))


def _digest(kind: str, text: str) -> str:
    value = f"{kind}:{text}".encode(errors="surrogatepass")
    return salted_hmac("speaktracker.guard", value, algorithm="sha256").hexdigest()[:DIGEST_LENGTH]


def history_of(pair: GuardedPair, except_try: int | None = None) -> TryHistory:
    """Read what counts for the next try of `pair`; the same three queries for every account."""
    moment = now()
    tries = FailedTry.objects.exclude(pk=except_try) if except_try else FailedTry.objects
    rows = tries.filter(account=pair.account, at__gt=_before(moment, KEPT_SECONDS)).order_by()
    lately = Q(at__gt=_before(moment, NOISY_SECONDS))
    from_there = tries.filter(address=pair.address, at__gt=_before(moment, ADDRESS_SECONDS))
    counts = from_there.order_by().aggregate(
        all=Count("pk"), lately=Count("pk", filter=lately), last=Max("at")
    )
    return TryHistory(
        [
            Failure(at.timestamp(), known, address == pair.address and not forgiven)
            for at, known, address, forgiven in rows.values_list(
                "at", "known", "address", "forgiven"
            )
        ],
        KnownAddress.objects.filter(account=pair.account, address=pair.address).exists(),
        counts["all"],
        counts["lately"],
        counts["last"].timestamp() if counts["last"] else 0.0,
    )


def wait_of(history: TryHistory) -> float:
    """Return the seconds until the next try, by the limits as they are set."""
    limits = settings.LIMITS
    moment = now().timestamp()
    return seconds_to_wait(
        history, moment, limits.password_failures, limits.address_password_failures
    )


def failures_and_wait(email: str) -> tuple[int, float]:
    """Count the failures of late, and the seconds that a try from a strange address waits."""
    recent = Q(account=account_digest(email), at__gt=_before(now(), KEPT_SECONDS))
    rows = FailedTry.objects.filter(recent).order_by().values_list("at", "known")
    failures = [Failure(at.timestamp(), known, False) for at, known in rows]
    return len(failures), wait_of(TryHistory(failures, False, 0, 0, 0.0))


def emails_with_failures() -> list[str]:
    """List the e-mail addresses of the people whose passwords did not match of late."""
    recent = FailedTry.objects.filter(at__gt=_before(now(), KEPT_SECONDS), user__isnull=False)
    emails = recent.order_by("user__email").values_list("user__email", flat=True)
    return [email for email in emails.distinct() if email]


def ids_with_failures() -> set[int]:
    """Return the ids of those people, of the latest MOST_LISTED failures where there are more."""
    recent = FailedTry.objects.filter(at__gt=_before(now(), KEPT_SECONDS), user__isnull=False)
    latest = recent.order_by("-at").values_list("user_id", flat=True)[:MOST_LISTED]
    return {user_id for user_id in latest if user_id}


def _before(moment: datetime, seconds: float) -> datetime:
    return moment - timedelta(seconds=seconds)
