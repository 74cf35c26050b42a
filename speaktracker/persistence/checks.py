"""A mirror that could never work stops the start with a sentence."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def mirror_has_a_region(**_: Any) -> list[CheckMessage]:
    """Refuse to start a mirror without a region, which boto3 could find nowhere else either."""
    if settings.MIRROR == "off" or settings.AWS_REGION or os.environ.get("AWS_DEFAULT_REGION"):
        return []
    # boto3 is slow to import.
    from speaktracker.persistence.dynamodb.backend import configured_region
    from speaktracker.persistence.dynamodb.error_translation import NO_REGION

    return [] if configured_region() else [Error(NO_REGION, id="persistence.E001")]
