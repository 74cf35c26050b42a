"""The box in every form that signs somebody in."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

FIELD = "shared_computer"


class SharedComputerForm(forms.Form):
    """A form with the box; what it means is done when the session begins."""

    shared_computer = forms.BooleanField(label=_("This is a shared computer"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        minutes = round(settings.LIMITS.shared_computer_idle_minutes)
        self.fields[FIELD].help_text = ngettext(
            "You are signed out when the browser is closed, and after %d minute without use.",
            "You are signed out when the browser is closed, and after %d minutes without use.",
            minutes,
        ) % (minutes,)


class StaffSignInForm(SharedComputerForm, AdminAuthenticationForm):
    """The admin's own, with the box."""
