"""The forms of people's admin pages."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from speaktracker.roster import selectors
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.spreadsheet import RosterRow, UnreadableFile, read_rows


class NewPersonForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new person: address, name, type and a password twice."""

    class Meta:
        model = User
        fields = ("email", "name", "user_type")


class PersonForm(UserChangeForm):  # type: ignore[type-arg]
    """A person as staff edits one; the password has its own page."""

    class Meta:
        model = User
        fields = "__all__"  # the admin's fieldsets choose


class MappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A mapping; a student who has a tutor is reassigned, not mapped twice."""

    class Meta:
        model = TutorStudent
        fields = ("student", "tutor")
        error_messages: ClassVar[dict[str, Any]] = {
            "student": {"unique": _("This student has a tutor already: reassign instead.")}
        }


class ReassignmentForm(forms.Form):
    """The new tutor of the chosen students (ids, comma-separated: one field, however many)."""

    students = forms.CharField(widget=forms.HiddenInput)
    tutor = forms.ModelChoiceField(
        User.objects.none(),
        label=_("New tutor"),
        widget=AutocompleteSelect(TutorStudent._meta.get_field("tutor"), admin.site),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tutor"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = selectors.tutors()

    def clean_students(self) -> list[int]:
        """Read the ids of the chosen students."""
        words = self.cleaned_data["students"].split(",")
        if not all(word.isdecimal() and len(word) < 19 for word in words):
            raise forms.ValidationError(_("Choose the students in the list once more."))
        return [int(word) for word in words]


class RosterFileForm(forms.Form):
    """A CSV file to look through before anything is imported."""

    file = forms.FileField(
        label=_("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"})
    )

    def clean_file(self) -> list[RosterRow]:
        """Read the rows of the file."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            return read_rows(upload.read())
        except UnreadableFile as unreadable:
            raise forms.ValidationError(str(unreadable)) from None


class ImportConfirmationForm(forms.Form):
    """The signed rows that were shown, and whether to leave the bad ones out."""

    shown = forms.CharField(widget=forms.HiddenInput)
    leave_out = forms.BooleanField(required=False)
