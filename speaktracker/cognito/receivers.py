"""An account that goes, with its person or alone, takes what was made of its sign-ins along."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from speaktracker.cognito.models import PoolAccount
from speaktracker.cognito.services import end_credentials, remember_unlinked


@receiver(post_delete, sender=PoolAccount)
def an_account_is_unlinked(instance: PoolAccount, origin: Any, **_: Any) -> None:
    """Note it, so that a client that reconnects does not bring a deleted person back."""
    remember_unlinked(instance)
    if PoolAccount in (type(origin), getattr(origin, "model", None)):
        end_credentials(instance.user_id)
