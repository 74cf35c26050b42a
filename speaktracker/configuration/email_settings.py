"""How letters leave: EMAIL_URL and DEFAULT_FROM_EMAIL, as Django's own settings."""

from email.utils import parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from speaktracker import env

CONSOLE = "django.core.mail.backends.console.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Takes letters and drops them: nothing offers to write any then.
NONE = "django.core.mail.backends.dummy.EmailBackend"

# The port of each scheme, and what it switches on.
SCHEMES: dict[str, tuple[int, dict[str, bool]]] = {
    "smtp": (25, {}),
    "smtp+tls": (587, {"EMAIL_USE_TLS": True}),
    "smtps": (465, {"EMAIL_USE_SSL": True}),
}
# A server that hangs holds a batch of letters up, and at a stop the process.
TIMEOUT_SECONDS = 10


def email_settings(debug: bool, public_url: str) -> dict[str, Any]:
    """Read both variables; raises ImproperlyConfigured."""
    return {**_server(debug, public_url), "DEFAULT_FROM_EMAIL": _sender(public_url)}


def _server(debug: bool, public_url: str) -> dict[str, Any]:
    address = env.text("EMAIL_URL") or ("console:" if debug else "")
    if address in ("", "console:"):
        return {"EMAIL_BACKEND": CONSOLE if address else NONE}
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in SCHEMES or not parts.hostname or port == -1:
        raise ImproperlyConfigured(
            "EMAIL_URL must be a mail server such as smtp+tls://user:password@host:587, or console:"
        )
    if not public_url:
        raise ImproperlyConfigured(
            "EMAIL_URL needs PUBLIC_URL: the links in letters begin with it, "
            "since what a request says of its host could be anybody's."
        )
    usual_port, options = SCHEMES[parts.scheme]
    return {
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or usual_port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
        **options,
    }


def _sender(public_url: str) -> str:
    host = urlsplit(public_url).hostname or "localhost"
    sender = env.text("DEFAULT_FROM_EMAIL") or f"SpeakTracker <no-reply@{host}>"
    if "@" not in parseaddr(sender)[1] or not sender.isprintable():
        raise ImproperlyConfigured(
            "DEFAULT_FROM_EMAIL must be an address such as School <office@school.example>."
        )
    return sender
