"""How long something took, in words for a table."""

from django.utils.translation import gettext as _


def lasting(seconds: int) -> str:
    """Write "1 h 5 min", "5 min 10 s" or "10 s" in the reader's language."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes_left}
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
    return _("%(seconds)d s") % {"seconds": seconds}
