"""Trying a secret: each comparison of a password or a code with an account is in `guarded`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import close_old_connections, connection
from django.db.models import Q

from speaktracker.clock import now
from speaktracker.db.purging import delete_oldest
from speaktracker.guard.hash_budget import hash_budget
from speaktracker.guard.models import FailedTry, KnownAddress
from speaktracker.guard.refusals import too_many_failures
from speaktracker.guard.selectors import (
    GuardedPair,
    account_digest,
    address_digest,
    history_of,
    wait_of,
)
from speaktracker.guard.visits import current_visit
from speaktracker.guard.wait_rules import KEPT_SECONDS

KNOWN_ADDRESSES = 10
KNOWN_DAYS = 90
# So long an address is not noted again.
NOTED_DAYS = 1
PURGE_ROWS = 1_000


class GuardedTry:
    """One try that counts as failed until it is said to be right."""

    def __init__(self) -> None:
        self.is_right = False

    def succeed(self) -> None:
        """Say that the secret is the account's, and that the account may sign in."""
        self.is_right = True


@contextmanager
def guarded(email: str, user_id: int | None = None) -> Iterator[GuardedTry]:
    """Compare a secret of `email` inside, from the address of the request at hand.

    Raises TryRefused instead, alike for an account that exists (`user_id`) and one that does not.
    Counted before it is compared, in a statement of its own: of tries at the same moment in several
    processes each sees the others, and what ends the process leaves it counted.
    """
    pair = GuardedPair(account_digest(email), address_digest(current_visit().address))
    history = history_of(pair)
    if wait := wait_of(history):
        raise too_many_failures(wait)
    if not connection.in_atomic_block:
        # Nobody waits for a hash with a connection of the pool in hand: the sockets need those.
        close_old_connections()
    with hash_budget().turn(history.known):
        counted = FailedTry.objects.create(
            account=pair.account, address=pair.address, user_id=user_id, known=history.known
        )
        trying = GuardedTry()
        try:
            history = history_of(pair, except_try=counted.pk)
            if wait := wait_of(history):
                raise too_many_failures(wait)
            yield trying
        except BaseException:
            counted.delete()  # nothing was compared
            raise
        if trying.is_right:
            counted.delete()
            settle_right_try(pair, user_id)


def settle_right_try(pair: GuardedPair, user_id: int | None) -> None:
    """Forgive what failed from there, and remember the address for the account.

    The failures go on counting for the account: whoever guesses beside its owner, behind the same
    address, gains nothing by the owner's signing in.
    """
    FailedTry.objects.filter(account=pair.account, address=pair.address, forgiven=False).update(
        forgiven=True
    )
    if user_id is not None:
        remember(pair, user_id)


def remember_address(email: str, user_id: int) -> None:
    """Know the address of the request at hand as one of this person, who has proved to be it."""
    remember(GuardedPair(account_digest(email), address_digest(current_visit().address)), user_id)


def remember(pair: GuardedPair, user_id: int) -> None:
    """Know an address of an account from now on; of many the latest are kept."""
    moment = now()
    noted = KnownAddress.objects.filter(account=pair.account, address=pair.address)
    if noted.filter(used_at__gt=moment - timedelta(days=NOTED_DAYS)).exists():
        return
    KnownAddress.objects.update_or_create(
        account=pair.account,
        address=pair.address,
        defaults={"user_id": user_id, "used_at": moment},
    )
    of_account = KnownAddress.objects.filter(account=pair.account).order_by("-used_at")
    old = list(of_account.values_list("pk", flat=True)[KNOWN_ADDRESSES:])
    if old:
        KnownAddress.objects.filter(pk__in=old).delete()


def clear_waits(who: Iterable[str]) -> int:
    """Let accounts, by e-mail, or addresses be tried at once; return how much was forgotten."""
    named = list(who)
    accounts, addresses = map(account_digest, named), map(address_digest, named)
    chosen = Q(account__in=list(accounts)) | Q(address__in=list(addresses))
    deleted, _by_model = FailedTry.objects.filter(chosen).delete()
    return deleted


def forget_accounts(emails: Iterable[str]) -> None:
    """Forget what failed with these e-mail addresses, and from where their owners came."""
    accounts = [account_digest(email) for email in emails]
    for start in range(0, len(accounts), PURGE_ROWS):
        some = accounts[start : start + PURGE_ROWS]
        FailedTry.objects.filter(account__in=some).delete()
        KnownAddress.objects.filter(account__in=some).delete()


def purge() -> bool:
    """Delete failures that count no more, and addresses nobody signed in from for long.

    Some of each at a time; tells whether more may be.
    """
    moment = now()
    failures = FailedTry.objects.filter(at__lt=moment - timedelta(seconds=KEPT_SECONDS))
    addresses = KnownAddress.objects.filter(used_at__lt=moment - timedelta(days=KNOWN_DAYS))
    deleted = delete_oldest(failures, "at", PURGE_ROWS)
    return max(deleted, delete_oldest(addresses, "used_at", PURGE_ROWS)) == PURGE_ROWS
