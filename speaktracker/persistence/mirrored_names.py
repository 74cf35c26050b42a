"""Items of the mirror's store that name somebody, found by the store's own indexes."""

from django.conf import settings
from django.db import transaction

from speaktracker.persistence import outbox, sources
from speaktracker.persistence.backends import dynamodb_from_settings


def queue_items_of(address: str) -> int:
    """Queue the items whose key or index names `address`; return how many.

    Each is written as its record now is, or deleted where there is none. Nothing with MIRROR=off.
    Raises StoreUnavailable.
    """
    if settings.MIRROR == "off":
        return 0
    backend, found = dynamodb_from_settings(), 0
    for table in sources.registered_tables():
        keys = list(dict.fromkeys(backend.find_by_address(table, address)))
        with transaction.atomic():
            outbox.erased_many(table, keys)
        found += len(keys)
    return found
