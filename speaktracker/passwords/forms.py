"""The forms by which people come to a password."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from speaktracker.auth.shared_computers.forms import SharedComputerForm
from speaktracker.roster.address_field import AddressInput
from speaktracker.roster.models import User
from speaktracker.text import EMAIL_LENGTH

ADDRESS = {"autocomplete": "username", "maxlength": EMAIL_LENGTH}
# As on paper, with its mark and some room for spaces.
CODE_LENGTH = 40


class OwnPasswordForm(PasswordChangeForm):
    """The old password, and a new one twice."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.label_suffix = ""

    def clean_old_password(self) -> str:
        """Check the old one as a sign-in is checked, so that guesses are counted as there."""
        old: str = self.cleaned_data["old_password"]
        who = self.user.get_username()
        if authenticate(self.request, username=who, password=old) != self.user:
            raise forms.ValidationError(self.error_messages["password_incorrect"])
        return old


class NewPasswordForm(SharedComputerForm, SetPasswordForm):  # type: ignore[type-arg]
    """A new password twice, and whose computer it is, since a session begins with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["new_password1"].widget.attrs["autofocus"] = True


class ForgottenForm(forms.Form):
    """The address to send a link to."""

    email = AddressInput(
        label=_("E-mail address"),
        max_length=EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={**ADDRESS, "autofocus": True}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class FirstCodeForm(forms.Form):
    """An address and the code on paper."""

    username = forms.CharField(
        label=_("E-mail address"),
        max_length=EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={**ADDRESS, "autofocus": True}),
    )
    code = forms.CharField(
        label=_("Code"),
        help_text=_("The ten letters and digits on your paper, such as K7PM4-XQR9T."),
        max_length=CODE_LENGTH,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "autocorrect": "off",
                "spellcheck": "false",
                "class": "code",
            }
        ),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.label_suffix = ""
        self.person: User | None = None

    def clean(self) -> dict[str, Any]:
        """Find whose code it is."""
        found = self.cleaned_data
        if "username" in found and "code" in found:
            person = authenticate(
                self.request, username=found["username"], first_secret=found["code"]
            )
            if not isinstance(person, User):
                raise forms.ValidationError(
                    _(
                        "The address and the code do not match, or the code has ended. "
                        "Look at them once more, or ask your school for a new code."
                    )
                )
            self.person = person
        return found
