"""Whether processes that live side by side have the same SECRET_KEY, as far as leases tell.

Whom one of them has let in the others refuse, and what it signs they drop: with one of two that is
wrong, half of all people are turned away, and nothing else says why.
"""

import hmac
from collections.abc import Collection, Iterable
from typing import Final

from django.conf import settings

from realtime.models import ServerLease

# Changed, fingerprints of releases before it would all look strange.
_TEXT: Final = b"speaktracker fingerprint of a secret key 1"
# Enough to tell keys apart, and of no use to whoever reads the table.
_BYTES: Final = 6
_MOST: Final = 16
NAMED: Final = 5
# What it means, and what to do: said at the start, by /readyz and by `manage.py doctor`.
CONSEQUENCE: Final = (
    "Each refuses whom the others have let in, so about half of all people are turned away. Give "
    "all of them the same SECRET_KEY and restart; to change it, use SECRET_KEY_FALLBACKS as "
    "docs/operations.md says."
)


def fingerprint(secret: str) -> str:
    """Return twelve digits that tell `secret` from others and say nothing of it."""
    return hmac.digest(secret.encode(), _TEXT, "sha256")[:_BYTES].hex()


def own_fingerprints() -> str:
    """List those of SECRET_KEY and, behind it, of what is believed beside it, with commas."""
    believed = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return ",".join(map(fingerprint, believed[:_MOST]))


def understand_each_other(one: str, other: str) -> bool:
    """Tell whether either believes what the other signs; a release before this one tells nothing.

    So it is while a key is being changed in the three steps that docs/operations.md describes.
    """
    if not one or not other:
        return True
    ours, theirs = one.split(","), other.split(",")
    return ours[0] in theirs and theirs[0] in ours


def strangers(fingerprints: str, leases: Iterable[ServerLease]) -> list[ServerLease]:
    """Find those of `leases` that do not understand a process with these `fingerprints`."""
    return [
        lease for lease in leases if not understand_each_other(fingerprints, lease.key_fingerprints)
    ]


def divided(leases: Collection[ServerLease]) -> list[ServerLease]:
    """Find all of `leases` that do not understand some other one of them."""
    return [lease for lease in leases if strangers(lease.key_fingerprints, leases)]


def named(leases: Collection[ServerLease]) -> str:
    """Name some processes, as host:number, and say how many more there are."""
    names = ", ".join(str(lease) for lease in list(leases)[:NAMED])
    more = len(leases) - NAMED
    return f"{names} and {more} more" if more > 0 else names


def key_trouble(leases: Collection[ServerLease]) -> str:
    """Say in sentences which of `leases` have different keys, and what to do; empty if none."""
    found = divided(leases)
    if not found:
        return ""
    own = own_fingerprints()
    alike = [lease for lease in found if understand_each_other(own, lease.key_fingerprints)]
    here = f" Here it is that of {named(alike)}." if alike else ""
    return f"Processes have different SECRET_KEYs: {named(found)}.{here} {CONSEQUENCE}"
