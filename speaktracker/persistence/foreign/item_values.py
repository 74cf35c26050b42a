"""The values of items that others wrote: times, numbers and texts in whatever shape they stand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite

from speaktracker.persistence.tables import Attributes, NotOurs

# From here on a number counts milliseconds; in seconds it would be the year 5138.
_MILLISECONDS = Decimal(100_000_000_000)
_EPOCH_LENGTHS = (10, 13)


class BadItem(Exception):
    """An item cannot be taken, and stays where it is; the words say why, without its values."""


def text_of(item: Attributes, name: str) -> str:
    """Read a text; empty where it is absent or null. Raises BadItem."""
    value = item.get(name, "")
    if isinstance(value, NotOurs):
        if value.is_null:
            return ""
        raise BadItem(f"{name} is no text")
    return value if isinstance(value, str) else format(value, "f")


def number_of(item: Attributes, name: str) -> float | None:
    """Read a number, written as a text too; None where it is absent or null. Raises BadItem."""
    text = text_of(item, name).strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise BadItem(f"{name} is no number") from None
    if not isfinite(number):
        raise BadItem(f"{name} is no number")
    return number


def moment_of(item: Attributes, name: str) -> datetime | None:
    """Read a time, in UTC and whole milliseconds; None where it is absent. Raises BadItem.

    ISO 8601 in all its shapes, in UTC where it names no zone; or epoch seconds or milliseconds.
    """
    text = text_of(item, name).strip()
    if not text:
        return None
    try:
        if isinstance(item[name], Decimal) or (text.isdecimal() and len(text) in _EPOCH_LENGTHS):
            return moment_after(Decimal(text))
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, ArithmeticError, OSError):
        raise BadItem(f"{name} is no time that can be read") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def moment_after(epoch: Decimal) -> datetime:
    """Return the moment so many seconds, or milliseconds, after 1970; raises what it cannot."""
    milliseconds = epoch if epoch >= _MILLISECONDS else epoch * 1000
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(milliseconds))


def expiry_of(item: Attributes, name: str) -> datetime | None:
    """Read when an item expires; None where nothing or no number says so, as DynamoDB takes it."""
    value = item.get(name)
    if not isinstance(value, Decimal):
        return None
    try:
        return moment_after(value).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None
