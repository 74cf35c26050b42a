"""The forms of sentence lists: their sentences in order, whom they are given to, and a file."""

from copy import deepcopy
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from realtime.protocol.wire_limits import LIST_TITLE_LENGTH
from realtime.sentences.admin.written_inputs import HiddenCell, NumberCell, TextCell, TickCell
from realtime.sentences.models import (
    GivenTo,
    PractisedLanguage,
    Sentence,
    SentenceAssignment,
    SentenceList,
)
from realtime.sentences.sentence_file import SentenceRow, read_sentences
from realtime.sentences.sentence_rules import without_line_breaks
from realtime.sentences.services import number_in_order
from speaktracker.roster import selectors
from speaktracker.roster.imports.spreadsheet import UnreadableFile

MOST_GROUPS = 300
CELLS = ("position", "text", "translation", "audio_url")


def name_fields(form: forms.BaseForm) -> None:
    """Let screen readers tell the fields of a row, which has no labels of its own."""
    for field in form.fields.values():
        field.widget.attrs.setdefault("aria-label", field.label)


class SentenceForm(forms.ModelForm):  # type: ignore[type-arg]
    """One sentence; without a number it comes last."""

    # No cell has scripts or styles of its own; the admin adds up those of all rows.
    media = forms.Media()
    position = forms.IntegerField(
        required=False, min_value=1, label=_("order"), widget=NumberCell({"class": "order"})
    )

    class Meta:
        model = Sentence
        fields = CELLS
        widgets: ClassVar[dict[str, Any]] = {
            "text": TextCell({"class": "practised", "placeholder": _("sentence")}),
            "translation": TextCell({"class": "practised", "placeholder": _("translation")}),
            "audio_url": TextCell({"class": "address", "placeholder": "https://"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_fields(self)
        if self.instance.pk is None:
            self.initial["position"] = None

    def cells(self) -> str:
        """Write the cells of the sentence's row, each with its errors."""
        write = self._with_errors if self.is_bound else self._as_it_is
        shown = (f'<td class="field-{name}">{write(name)}</td>' for name in CELLS)
        gone = write("DELETE") if self.instance.pk else ""
        known = f'<td class="original">{write("id")}</td>'
        return mark_safe(f'{known}{"".join(shown)}<td class="delete">{gone}</td>')  # noqa: S308

    def _with_errors(self, name: str) -> str:
        return f"{self[name].errors if name in CELLS else ''}{self[name]}"

    def _as_it_is(self, name: str) -> Any:
        """Write an input as Django does where nothing was sent, without asking for errors."""
        field = self.fields[name]
        attributes = {"id": f"id_{self.add_prefix(name)}"}
        value = self.get_initial_for_field(field, name)
        return field.widget.render(self.add_prefix(name), value, attributes)

    def clean_position(self) -> int:
        """Take what is typed; nothing stands for the end."""
        return int(self.cleaned_data["position"] or 0)

    def place(self, index: int) -> tuple[float, int, int]:
        """Tell where the sentence belongs: what was moved to a number stands there afterwards."""
        wanted = self.cleaned_data.get("position") or 0
        before = self.initial.get("position") or 0
        moved = (wanted > before) - (wanted < before) if before else -1
        return (wanted or float("inf"), moved, index)


class SharedFields(dict[str, Any]):
    """The fields of a form's class, which all forms of a request have in common.

    Five hundred copies of them took a third of the page's time; nothing changes one for its row.
    """

    def __deepcopy__(self, _memo: Any) -> dict[str, Any]:
        return dict(self)


class SentenceFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The sentences of one list: none twice, numbered from 1 without gaps."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The admin makes a class of forms for each request; what is declared would be everybody's.
        self.form.base_fields = SharedFields(deepcopy(self.form.base_fields))
        self._tick = TickCell({"aria-label": _("Delete this sentence")})
        self._hidden = HiddenCell()
        super().__init__(*args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Know a row by its number: Django would ask the database for each."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget = self._tick
        form.fields["id"] = forms.IntegerField(
            required=False, initial=form.instance.pk, widget=self._hidden
        )

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            if form in self.deleted_forms or not hasattr(form, "cleaned_data"):
                continue
            if form.cleaned_data.get("id") and form.instance.pk is None:
                raise forms.ValidationError(
                    _("Somebody else has changed this list meanwhile. Open it once more.")
                )
            text = without_line_breaks(form.cleaned_data.get("text") or "").casefold()
            if text and text in seen:
                form.add_error("text", _("The list has this sentence already."))
            seen.add(text)

    def save(self, commit: bool = True) -> Any:
        saved = super().save(commit)
        if commit:
            kept: Any = [one for one in self.forms if one.instance.pk and not self._is_gone(one)]
            places = {form: form.place(index) for index, form in enumerate(kept)}
            number_in_order(form.instance for form in sorted(kept, key=places.__getitem__))
        return saved

    def _is_gone(self, form: Any) -> bool:
        return form in self.deleted_forms


class GroupInput(forms.TextInput):
    """A text with the school's groups to choose from."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        listed = f"{(attrs or {}).get('id', name)}-groups"
        field = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        groups = ((group,) for group in selectors.groups(MOST_GROUPS))
        options = format_html_join("", '<option value="{}"></option>', groups)
        return format_html('{}<datalist id="{}">{}</datalist>', field, listed, options)


class AssignmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whom a list is given to, and from when; a new one is given to nobody until that is chosen."""

    given_to = forms.ChoiceField(choices=[("", "---------"), *GivenTo.choices], label=_("given to"))

    class Meta:
        model = SentenceAssignment
        fields = ("sentence_list", "given_to", "group", "student", "first_day", "last_day")
        widgets: ClassVar[dict[str, Any]] = {"group": GroupInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_fields(self)
        if self.instance.pk is None:
            self.initial["given_to"] = ""


class SentenceFileForm(forms.Form):
    """A CSV file of sentences for a list, which may be there already."""

    title = forms.CharField(
        label=_("title"),
        max_length=LIST_TITLE_LENGTH,
        help_text=_("If there is a list of this title, it will have the sentences of the file."),
    )
    language = forms.ChoiceField(
        label=_("language of the sentences"), choices=PractisedLanguage.choices
    )
    file = forms.FileField(
        label=_("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"})
    )
    rows: list[SentenceRow]

    def clean_title(self) -> str:
        """Write the title as it is stored."""
        return without_line_breaks(self.cleaned_data["title"])

    def clean(self) -> None:
        super().clean()
        title, language = (self.cleaned_data.get(name) for name in ("title", "language"))
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("file")
        known = SentenceList.objects.filter(title=title).first()
        if known and known.language != language:
            self.add_error("language", _("The sentences of this list are in the other language."))
        if upload and language:
            try:
                self.rows = read_sentences(upload.read(), language)
            except UnreadableFile as unreadable:
                self.add_error("file", str(unreadable))


class SentenceConfirmationForm(forms.Form):
    """The signed rows that were shown, and whether to leave the bad ones out."""

    shown = forms.CharField(widget=forms.HiddenInput)
    leave_out = forms.BooleanField(required=False)
