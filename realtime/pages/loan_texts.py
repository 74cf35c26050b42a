"""What the dashboard's script says of students who are lent, by its keys there."""

from django.utils.translation import gettext as _


def loan_texts() -> dict[str, str]:
    """Name who is lent on a card, and what the panel of loans says."""
    return {
        "card.lent": _("for {name} until {day}"),
        "card.lent_today": _("for {name} today"),
        "feedback.by": _("by {name}"),
        "loans.given": _("To {name}: {whom}, {days}"),
        "loans.taken": _("From {name}: {whom}, {days}"),
        "loans.all": _("All students"),
        "loans.group": _("Group {group}"),
        "loans.some": _("Some students"),
        "loans.count": _("Students: {count}"),
        "loans.end": _("End now"),
        "loans.none": _("No students are lent."),
        "loans.lent": _("They are lent."),
        "loans.ended": _("It is ended."),
        "loans.not_loaded": _("What is lent could not be loaded."),
        "loans.not_lent": _("They could not be lent. Try again."),
        "loans.not_ended": _("It could not be ended. Try again."),
    }
