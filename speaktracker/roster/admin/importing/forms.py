"""The forms of importing a file: to choose one, and to confirm what was shown of it."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from speaktracker.roster.imports.file_kinds import FileKind
from speaktracker.roster.imports.spreadsheet import FileTable, UnreadableFile, read_table


class RosterFileForm(forms.Form):
    """A CSV file to look through before anything is imported."""

    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )

    def __init__(self, kind: FileKind, *args: Any) -> None:
        super().__init__(*args)
        self.kind = kind

    def clean_file(self) -> FileTable:
        """Read the rows of the file."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            return read_table(upload.read(), self.kind)
        except UnreadableFile as unreadable:
            raise forms.ValidationError(str(unreadable)) from None


class ImportConfirmationForm(forms.Form):
    """The signed rows that were shown, and whether to leave the bad ones out."""

    shown = forms.CharField(widget=forms.HiddenInput)
    leave_out = forms.BooleanField(required=False)
