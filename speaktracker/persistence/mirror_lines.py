"""The admin's home on the mirror: how far it is behind, and what was set aside."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from speaktracker.persistence.health import counts_of_changes, current_relays
from speaktracker.staff_home.home_lines import HomeLine, number


def mirror_lines() -> list[HomeLine]:
    """Say how the mirror is; two queries."""
    if settings.MIRROR == "off":
        return [HomeLine(_("The mirror is switched off."))]
    relays, counts = current_relays(), counts_of_changes()
    url = reverse("admin:persistence_change_changelist")
    text = _("The mirror is up to date.")
    if counts["late"]:
        text = ngettext(
            "The mirror is more than a minute behind: %(n)s change waits.",
            "The mirror is more than a minute behind: %(n)s changes wait.",
            counts["due"],
        )
    elif counts["due"]:
        text = ngettext(
            "The mirror is being written: %(n)s change waits.",
            "The mirror is being written: %(n)s changes wait.",
            counts["due"],
        )
    words = {"n": number(counts["due"])}
    lines = [HomeLine(text % words, f"{url}?state=waiting", bool(counts["late"]))]
    if refused := counts["refused"]:
        text = ngettext(
            "%(n)s change was refused and set aside: somebody must look at it.",
            "%(n)s changes were refused and set aside: somebody must look at them.",
            refused,
        )
        lines.append(HomeLine(text % {"n": number(refused)}, url, urgent=True))
    if not relays:
        lines.append(HomeLine(_("No process carries changes over to the mirror."), urgent=True))
    elif any(relay.error for relay in relays):
        lines.append(HomeLine(_("The mirror's store answers with errors."), url, urgent=True))
    return lines
