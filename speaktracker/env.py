"""Typed readers of environment variables; every error names the variable and what it must hold."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def text(name: str, default: str = "") -> str:
    """Read `name` as it stands, without surrounding white space."""
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    """Read `name` as a yes or a no."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    word = raw.strip().lower()
    if word not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {raw!r}.")
    return word in _TRUE


def integer(name: str, default: int, minimum: int = 1) -> int:
    """Read `name` as a whole number of at least `minimum`."""
    value = number(name, default, minimum)
    if value != int(value):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value}.")
    return int(value)


def number(name: str, default: float, minimum: float = 0) -> float:
    """Read `name` as a number of at least `minimum`."""
    raw = text(name)
    if not raw:
        return default
    try:
        value = float(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number, not {raw!r}.") from None
    if not minimum <= value < float("inf"):
        raise ImproperlyConfigured(f"{name} must be at least {minimum}, not {raw}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Read `name` as a comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Read `name` as one word of `allowed`."""
    value = text(name) or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def time_zone(name: str, default: str) -> str:
    """Read `name` as the name of a time zone that this machine knows, such as Asia/Seoul."""
    value = text(name) or default
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ImproperlyConfigured(
            f"{name} must be a time zone such as Asia/Seoul, not {value!r}."
        ) from None
    return value


def url(name: str, schemes: tuple[str, ...]) -> str:
    """Read `name` as a URL with one of `schemes`; empty when unset."""
    value = text(name)
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.netloc:
        raise ImproperlyConfigured(
            f"{name} must be a URL that starts with {' or '.join(f'{s}://' for s in schemes)}."
        )
    return value


def origins(name: str) -> list[str]:
    """Read `name` as a comma-separated list of origins such as https://app.example.com."""
    found = [origin.lower() for origin in words(name)]  # as browsers write them
    for origin in found:
        parts = urlsplit(origin)
        plain = origin == f"{parts.scheme}://{parts.netloc}" and "@" not in origin
        if parts.scheme not in ("http", "https") or not parts.netloc or not plain:
            raise ImproperlyConfigured(
                f"{name} must list origins such as https://app.example.com, not {origin!r}."
            )
    return found


def hosts(name: str, default: str = "") -> list[str]:
    """Read `name` as a comma-separated list of hosts such as audio.example.com, without ports."""
    found = [host.lower() for host in words(name, default)]
    for host in found:
        if not re.fullmatch(r"[a-z0-9.-]+", host):
            raise ImproperlyConfigured(
                f"{name} must list hosts such as audio.example.com, not {host!r}."
            )
    return found


def secret(name: str, kept_in: Path) -> str:
    """Read the secret `name`, else the file that `make install` keeps it in."""
    value = text(name)
    if not value and name not in os.environ and kept_in.is_file():
        value = kept_in.read_text(encoding="utf-8").strip()
    if not value:
        raise ImproperlyConfigured(
            f"{name} is missing: set it, or run `make install`, "
            f"which keeps one in var/{kept_in.name}."
        )
    return value
