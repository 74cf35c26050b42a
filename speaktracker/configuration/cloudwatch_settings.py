"""Whether metrics are written for CloudWatch too: EMF_NAMESPACE, and how often: EMF_SECONDS."""

import re

from django.core.exceptions import ImproperlyConfigured

from speaktracker import env

# What CloudWatch takes; those that begin with AWS/ are its own.
NAMESPACE = re.compile(r"(?!AWS/)[A-Za-z0-9._/#:-]{1,255}", re.ASCII)


def cloudwatch_settings() -> tuple[str, int]:
    """Read the namespace, empty for off, and the seconds between lines of a process.

    Raises ImproperlyConfigured.
    """
    namespace = env.text("EMF_NAMESPACE")
    if namespace and not NAMESPACE.fullmatch(namespace):
        raise ImproperlyConfigured(
            "EMF_NAMESPACE must be up to 255 letters, digits and . _ / # : -, not beginning with "
            f"AWS/, as in SpeakTracker, not {namespace!r}."
        )
    return namespace, env.integer("EMF_SECONDS", 60)
