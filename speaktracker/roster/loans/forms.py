"""The form by which staff lend a tutor's students, or give a loan another last day."""

from collections.abc import Set
from typing import Any, ClassVar

from django import forms

from speaktracker.roster.loans.models import Extent, Loan
from speaktracker.roster.loans.services import LoanDraft, day_faults, faults_of
from speaktracker.roster.models import TutorStudent
from speaktracker.roster.permissions import Outranked

# What the form calls the fields that a draft names otherwise.
FIELDS = {"students": "chosen"}


class LoanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A loan of people none of whom is above who sends the form."""

    ids_above: ClassVar[Set[int]] = frozenset()
    # What is to be stored, once the form is valid.
    draft: LoanDraft

    class Meta:
        model = Loan
        fields = ("tutor", "substitute", "first_day", "last_day", "extent", "group", "chosen")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors or "last_day" not in said:  # a loan that is over shows no field
            return said
        if not self.instance._state.adding:
            faults = day_faults(self.instance.first_day, said["last_day"], begun=True)
        else:
            self.draft = LoanDraft(
                said["tutor"].pk,
                said["substitute"].pk,
                said["first_day"],
                said["last_day"],
                Extent(said["extent"]),
                said["group"],
                [student.pk for student in said["chosen"]],
            )
            faults = faults_of(self.draft) | self.faults_of_rank()
        for name, why in faults.items():
            self.add_error(FIELDS.get(name, name), why)
        return said

    def faults_of_rank(self) -> dict[str, list[Any]]:
        """Refuse whom the sender may not change: both tutors, and who is lent."""
        draft = self.draft
        named = {"tutor": draft.tutor_id, "substitute": draft.substitute_id}
        faults = {name: [Outranked.SENTENCE] for name in named if named[name] in self.ids_above}
        lent = TutorStudent.objects.filter(tutor=draft.tutor_id, student__in=self.ids_above)
        if draft.extent == Extent.SOME:
            lent = lent.filter(student__in=draft.students)
        if self.ids_above and lent.exists():
            faults["students"] = [Outranked.SENTENCE]
        return faults
