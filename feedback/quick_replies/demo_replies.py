"""The demo's school offers some quick replies."""

from typing import Any

from django.dispatch import receiver

from feedback.quick_replies.services import seed_examples
from speaktracker.roster.signals import demo_seeded


@receiver(demo_seeded)
def give_school_examples(**_kwargs: Any) -> None:
    """Add them where the school offers none."""
    seed_examples()
