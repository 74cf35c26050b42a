"""Words for what Django's admin says in English, or not at all, whatever its reader's language.

Django asks nobody for these: they are put where it looks. A test walks over every page.
"""

from datetime import datetime

from django.contrib.admin.templatetags import admin_list
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

NOTHING = "–"
# Django keeps the names of permissions in the database, in English.
ACTIONS = {
    "add": gettext_lazy("add"),
    "change": gettext_lazy("change"),
    "delete": gettext_lazy("delete"),
    "view": gettext_lazy("view"),
}
# The groups that come with the product, as migrations name them.
OUR_GROUPS = {
    "School staff": gettext_lazy("School staff"),
    "Operator": gettext_lazy("Operator"),
}


def speak_plainly() -> None:
    """Put our words where Django looks for its own."""
    admin_list._boolean_icon = sign  # type: ignore[attr-defined]
    Permission.__str__ = permission_in_words  # type: ignore[assignment]
    Group.__str__ = group_in_words  # type: ignore[assignment]


def sign(value: bool | None) -> SafeString:
    """Draw a truth value; the words are for who cannot see the sign."""
    names = {True: ("yes", gettext("yes")), False: ("no", gettext("no"))}
    name, word = ("unknown", gettext("unknown")) if value is None else names[value]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{name}.svg"), word)


def permission_in_words(permission: Permission) -> str:
    """Say what a permission lets one do, and to what."""
    read_too = permission._state.fields_cache.get("content_type")
    kind = read_too or ContentType.objects.get_for_id(permission.content_type_id)
    action, _separator, model = permission.codename.partition("_")
    is_django_s = action in ACTIONS and model == kind.model
    return f"{kind} | {ACTIONS[action] if is_django_s else permission.name}"


def group_in_words(group: Group) -> str:
    """Name a group of staff: as the school does, or ours in the reader's language."""
    return str(OUR_GROUPS.get(group.name, group.name))


def shown_time(moment: datetime | None) -> str:
    """Write a moment as the admin's own columns do: in the reader's words, in the school's time."""
    return str(localize(timezone.localtime(moment))) if moment else NOTHING
