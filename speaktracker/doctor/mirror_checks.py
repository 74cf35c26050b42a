"""The mirror's store: each table with its keys, indexes and expiry, the rights, AWS' clock."""

from collections.abc import Iterator

from django.conf import settings

from speaktracker.doctor.findings import Finding, judged
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.base import ChangeRefused, StoreMisconfigured
from speaktracker.persistence.tables import TABLES


def check_mirror() -> Iterator[Finding]:
    """Look at the tables in turn; what all would be refused for is said once."""
    if settings.MIRROR == "off":
        yield Finding("mirror", "off", "MIRROR is off: nothing is carried over to DynamoDB.")
        if settings.DYNAMODB_ENDPOINT_URL:
            says = (
                "DYNAMODB_ENDPOINT_URL is set while MIRROR is off: set MIRROR=dynamodb, or drop it."
            )
            yield Finding("mirror", "warning", says)
        return
    said: set[str] = set()
    left = [f"{settings.STACK}-{table.name}" for table in TABLES]
    try:
        backend = dynamodb_from_settings(attempts=1)
        for table in TABLES:
            name = f"{settings.STACK}-{table.name}"
            try:
                troubles = [each for each in backend.troubles(table) if each not in said]
            except (Unavailable, ChangeRefused) as error:
                # A table that is missing says nothing of the others; what names none concerns all.
                if name not in str(error):
                    raise
                troubles = [str(error)]
            said.update(troubles)
            yield judged("mirror", " ".join(troubles), f"{name} is complete, and may be written.")
            left.remove(name)
    except (Unavailable, ChangeRefused) as error:
        says = str(error)
        more = (
            ""
            if isinstance(error, StoreMisconfigured)
            else " If that lasts, look at the way there."
        )
        yield Finding("mirror", "failed", says + more)
        others = f"Not looked at, since the store cannot be used: {', '.join(left)}."
        yield Finding("mirror", "unknown", others)
