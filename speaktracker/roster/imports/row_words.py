"""A planned change in words, for the preview on the page and in the terminal."""

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speaktracker.roster.fields import GROUP_WORD
from speaktracker.roster.imports.import_plan import FieldChange, PlannedRow
from speaktracker.roster.models import UserType

FIELDS = {
    "name": gettext_lazy("name"),
    "user_type": gettext_lazy("user type"),
    "tutor_email": gettext_lazy("tutor"),
    "group": GROUP_WORD,
    "language": gettext_lazy("language"),
    "is_active": gettext_lazy("back from the archive"),
    "new": gettext_lazy("new people"),
}
_LANGUAGES = dict(settings.LANGUAGES)


def in_words(field: str, value: str) -> str:
    """Write a stored value as people read it."""
    if not value:
        return "–"
    if field == "is_active":
        return _("active")
    if field == "user_type":
        return str(UserType(value).label)
    return str(_LANGUAGES.get(value, value)) if field == "language" else value


def differences_in_words(row: PlannedRow) -> Iterator[FieldChange]:
    """List what a row changes, its values as people read them."""
    for one in row.differences():
        values = (in_words(one.field, value) for value in (one.before, one.after))
        yield FieldChange(str(FIELDS[one.field]), *values)


def described(row: PlannedRow) -> str:
    """Write what a row changes in one line."""
    if row.pk is None:
        told = (in_words(one.field, one.after) for one in row.differences())
        return f"{_('new')}: {', '.join(told)}"
    return "; ".join(f"{d.field}: {d.before} → {d.after}" for d in differences_in_words(row))
