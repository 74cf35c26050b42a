"""Deleting tutors asks who takes their students over; all deletions go through the one door."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.actions import delete_selected as ask_or_delete
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from speaktracker.roster import selectors
from speaktracker.roster.admin.forms import PersonSelect
from speaktracker.roster.admin.ranks import ids_above
from speaktracker.roster.admin.reassign_page import log_moves, may_reassign
from speaktracker.roster.erasure.services import erase_people
from speaktracker.roster.models import TutorStudent, User

FIELD = "successor"


class SuccessorForm(forms.Form):
    """Who takes the students of deleted tutors over; nobody when it is left empty."""

    successor = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label=_("New tutor of their students"),
        help_text=_("Left empty, the students have no tutor until you give them one."),
        widget=PersonSelect(TutorStudent._meta.get_field("tutor"), admin.site),
    )

    def __init__(
        self, people: QuerySet[User], data: QueryDict | None = None, above: Collection[int] = ()
    ) -> None:
        """Offer whoever is not `above` who asks: a mapping is of its tutor, too."""
        super().__init__(data)
        field = self.fields[FIELD]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        gone = people.order_by().values("pk")
        field.queryset = selectors.active_tutors().exclude(pk__in=gone).exclude(pk__in=above)
        self.students = students_left_by(people)

    @property
    def student_count(self) -> int:
        """Count the students whom the people would leave without a tutor."""
        return self.students.count()


def students_left_by(people: QuerySet[User]) -> QuerySet[TutorStudent]:
    """Return the mappings of those who would be without a tutor, had these people gone."""
    ids = people.order_by().values("pk")
    return TutorStudent.objects.filter(tutor__in=ids).exclude(student__in=ids)


class AskingForSuccessors:
    """The deletions of the admin of people, to be mixed in."""

    delete_confirmation_template: Any = "admin/roster/delete_person.html"
    delete_selected_confirmation_template: Any = "admin/roster/delete_people.html"

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the successor of a tutor with students, and delete with a valid one only."""
        people = User.objects.filter(pk=object_id) if object_id.isdecimal() else User.objects.none()
        form = _form_for(request, people)
        if form.is_bound and not form.is_valid():  # asked once more
            request.method, request.POST = "GET", QueryDict()
        context = {"successor_form": form if form.student_count else None, **(extra_context or {})}
        answer: HttpResponse = super().delete_view(request, object_id, context)  # type: ignore[misc]
        return answer

    @admin.action(permissions=["delete"], description=_("Delete selected %(verbose_name_plural)s"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[User]) -> Any:
        """Delete the chosen people as Django does, with a successor for tutors among them."""
        form = _form_for(request, queryset)
        if form.is_bound and not form.is_valid() and "post" in request.POST:
            asked = request.POST.copy()
            del asked["post"]
            request.POST = asked  # type: ignore[assignment]
        answer = ask_or_delete(self, request, queryset)  # type: ignore[arg-type]
        if answer is not None and answer.context_data is not None and form.student_count:
            answer.context_data["successor_form"] = form
        return answer

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Erase one person."""
        _erase(request, User.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Erase the chosen people, some at a time."""
        _erase(request, queryset)


def _form_for(request: HttpRequest, people: QuerySet[User]) -> SuccessorForm:
    """Bind the form where it was sent; whoever may not reassign is not asked."""
    may_choose = may_reassign(request)
    sent = request.POST if may_choose and FIELD in request.POST else None
    form = SuccessorForm(people, sent, ids_above(request))
    if not may_choose:
        form.fields[FIELD].disabled = True
    return form


def _erase(request: HttpRequest, people: QuerySet[User]) -> None:
    form = _form_for(request, people)
    successor = form.cleaned_data[FIELD] if form.is_valid() else None
    ids = list(people.order_by().values_list("pk", flat=True))
    moving = list(form.students.values_list("student_id", flat=True)) if successor else []
    erase_people(ids, successor.pk if successor else None)
    log_moves(request, moving)
