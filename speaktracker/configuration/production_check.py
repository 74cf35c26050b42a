"""What may never stand in front of the public: debug pages, a secret that others know."""

from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 32
# What generators and examples write, ours too, for somebody to replace.
PLACEHOLDERS = ("django-insecure-", "change-me", "changeme")


def check_for_the_public(public_url: str, is_debug: bool, secret_keys: list[str]) -> None:
    """Refuse debug pages and default or short secrets behind an https PUBLIC_URL.

    Raises ImproperlyConfigured; no sentence shows a secret.
    """
    if not public_url.startswith("https://"):
        return
    if is_debug:
        raise ImproperlyConfigured(
            "DEBUG=1 shows settings and code to everybody: "
            "take it out, or take out the https PUBLIC_URL."
        )
    for secret in secret_keys:
        if secret.lower().startswith(PLACEHOLDERS) or len(secret) < SHORTEST_SECRET:
            raise ImproperlyConfigured(
                "SECRET_KEY, or one of SECRET_KEY_FALLBACKS, is an example's or is shorter than "
                f"{SHORTEST_SECRET} characters, so that it can be guessed: "
                "set one made with `openssl rand -base64 48`."
            )
