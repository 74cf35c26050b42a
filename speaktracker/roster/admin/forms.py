"""The forms of people's admin pages."""

from collections.abc import Sequence, Set
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _

from speaktracker.roster import selectors
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.permissions import Outranked
from speaktracker.roster.year_end.services import Ending
from speaktracker.text import plain_line


class PersonSelect(AutocompleteSelect):
    """A person, looked for by address or name; Django's own fails on what an address calls one."""

    def optgroups(self, name: str, value: Sequence[str], attrs: Any = None) -> Any:
        """Show the chosen one, where it is the number of somebody."""
        numbers = [one for one in value if not one or (one.isdecimal() and len(one) < 19)]
        return super().optgroups(name, numbers, attrs)


class NewPersonForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new person: address, name, type and a password twice."""

    class Meta:
        model = User
        fields = ("email", "name", "user_type", "language")


class PersonForm(UserChangeForm):  # type: ignore[type-arg]
    """A person as staff edits one; the password has its own page."""

    class Meta:
        model = User
        fields = "__all__"  # the admin's fieldsets choose


class MappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A mapping; a student who has a tutor is reassigned, not mapped twice.

    Those with `ids_above` are taken into none, and out of none, by who sends the form.
    """

    ids_above: ClassVar[Set[int]] = frozenset()

    class Meta:
        model = TutorStudent
        fields = ("student", "tutor", "group")
        error_messages: ClassVar[dict[str, Any]] = {
            "student": {"unique": _("This student has a tutor already: reassign instead.")}
        }

    def clean(self) -> None:
        super().clean()
        for name in ("student", "tutor"):
            person = self.cleaned_data.get(name)
            if person and person.pk in self.ids_above:
                self.add_error(name, Outranked.SENTENCE)


class MappingFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Mappings of one tutor."""

    form: type[MappingForm]

    def clean(self) -> None:
        super().clean()
        taken_away = {form.instance.student_id for form in self.deleted_forms}
        if taken_away & self.form.ids_above:
            raise forms.ValidationError(Outranked.SENTENCE)


class YearEndForm(forms.Form):
    """Whose year ends, and what becomes of the accounts afterwards."""

    everybody = forms.BooleanField(required=False, label=_("All students of the school"))
    tutor = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label=_("Students of the tutor"),
        widget=PersonSelect(TutorStudent._meta.get_field("tutor"), admin.site),
    )
    group = forms.CharField(
        required=False,
        max_length=64,
        label=_("Students of the group"),
        widget=forms.TextInput(attrs={"list": "groups", "autocomplete": "off"}),
    )
    deletes = forms.TypedChoiceField(
        coerce=lambda value: value == "1",
        choices=(("1", _("Delete the accounts")), ("0", _("Keep the accounts, switched off"))),
        initial="1",
        label=_("After the week"),
        widget=forms.RadioSelect,
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tutor"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = selectors.tutors()

    def clean(self) -> None:
        super().clean()
        some = bool(self.cleaned_data.get("tutor") or self.cleaned_data.get("group"))
        if some == bool(self.cleaned_data.get("everybody")) and not self.errors:
            raise forms.ValidationError(
                _("Choose all students, or else a tutor, a group, or both of these.")
            )

    @property
    def ending(self) -> Ending:
        """Whose year ends, of a form that is right."""
        told, tutor = self.cleaned_data, self.cleaned_data["tutor"]
        return Ending(tutor.pk if tutor else None, told["group"], told["deletes"])


class ReassignmentForm(forms.Form):
    """Tutor or group for the chosen students (ids, comma-separated: one field, however many)."""

    students = forms.CharField(widget=forms.HiddenInput)
    tutor = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label=_("New tutor"),
        help_text=_("Left empty, each keeps the tutor."),
        widget=PersonSelect(TutorStudent._meta.get_field("tutor"), admin.site),
    )
    group = forms.CharField(
        required=False,
        max_length=64,
        label=_("New group"),
        help_text=_("Such as a class or an hour. Left empty, each keeps the group."),
        widget=forms.TextInput(attrs={"list": "groups", "autocomplete": "off"}),
    )
    no_group = forms.BooleanField(required=False, label=_("Take them out of their group"))

    def __init__(self, *args: Any, ids_above: Set[int] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ids_above = ids_above
        field = self.fields["tutor"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = selectors.active_tutors()

    def clean_tutor(self) -> User | None:
        """Refuse a tutor who is above who asks."""
        tutor: User | None = self.cleaned_data["tutor"]
        if tutor and tutor.pk in self.ids_above:
            raise forms.ValidationError(Outranked.SENTENCE)
        return tutor

    def clean_group(self) -> str:
        """Write the group as files do."""
        return " ".join(plain_line(self.cleaned_data["group"]).split())

    def clean_students(self) -> list[int]:
        """Read the ids of the chosen students."""
        words = self.cleaned_data["students"].split(",")
        if not all(word.isdecimal() and len(word) < 19 for word in words):
            raise forms.ValidationError(_("Choose the students in the list once more."))
        return [int(word) for word in words]

    def clean(self) -> None:
        super().clean()
        chosen = {name for name in ("tutor", "group", "no_group") if self.cleaned_data.get(name)}
        if not chosen and "tutor" not in self.errors:
            raise forms.ValidationError(_("Choose a tutor, a group, or both."))
        if chosen >= {"group", "no_group"}:
            self.add_error("no_group", _("Name a group, or take them out of theirs: not both."))

    @property
    def new_group(self) -> str | None:
        """The group they come into, empty for none; None where each keeps theirs."""
        if not self.is_bound:
            return None
        group: str = self.cleaned_data.get("group", "")
        return group if group or self.cleaned_data.get("no_group") else None
