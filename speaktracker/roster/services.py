"""Who teaches whom, changed. Every change is logged by triggers and announced after its commit."""

from collections.abc import Callable, Collection, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from speaktracker.clock import now
from speaktracker.db.bulk_update import update_many
from speaktracker.roster.announcements import announce_mappings
from speaktracker.roster.models import TutorStudent, User, UserType
from speaktracker.roster.selectors import (
    VALUES_IN_ONE_QUERY,
    ids_of_type,
    in_batches,
    mapped_of,
)

Progress = Callable[[int], None]
# The tutor's id and the group.
Place = tuple[int, str]


def assign_tutor(student: User, tutor: User) -> TutorStudent:
    """Make `tutor` responsible for `student`; wrong types raise ValidationError."""
    TutorStudent(student=student, tutor=tutor).clean()
    assign_many({student.pk: tutor.pk})
    return TutorStudent.objects.select_related("student", "tutor").get(student=student)


def assign_many(
    tutor_by_student: Mapping[int, int],
    groups: Mapping[int, str] | None = None,
    progress: Progress = lambda _done: None,
) -> list[int]:
    """Map student ids to tutor ids; return the ids that changed. Wrong types: ValidationError.

    Whom `groups` names come into that group; others keep the one they have. `progress` is told
    how many are done.
    """
    present, named = mapped_of(tutor_by_student), groups or {}
    wanted = {
        student: (tutor, named.get(student, present.get(student, (0, ""))[1]))
        for student, tutor in sorted(tutor_by_student.items())
    }
    moving = {student: to for student, to in wanted.items() if present.get(student) != to}
    _refuse_others(moving.keys(), UserType.STUDENT, _("These people are not students: %s"))
    tutors = {tutor for tutor, _group in moving.values()}
    _refuse_others(tutors, UserType.TUTOR, _("These people are not tutors: %s"))
    with transaction.atomic():
        for done, some in enumerate(in_batches(moving)):
            _map({student: moving[student] for student in some if student not in present})
            _move({student: moving[student] for student in some if student in present}, present)
            progress(done * VALUES_IN_ONE_QUERY + len(some))
    return list(moving)


def _map(placed: Mapping[int, Place]) -> None:
    """Map students without a tutor: of two assignments of one at once, the later one stands."""
    TutorStudent.objects.bulk_create(
        [TutorStudent(student_id=s, tutor_id=t, group=group) for s, (t, group) in placed.items()],
        update_conflicts=True,
        unique_fields=["student"],
        update_fields=["tutor", "group", "changed_at"],
    )


def _move(placed: Mapping[int, Place], present: Mapping[int, Place]) -> None:
    """Write what differs of mappings that are there: triggers look at what is written."""
    moment = now()
    names = ("tutor", "group")
    together: dict[tuple[str, ...], list[TutorStudent]] = {}
    for student, place in placed.items():
        differing = zip(names, place, present[student], strict=True)
        fields = tuple(name for name, becomes, was in differing if becomes != was)
        mapping = TutorStudent(student_id=student, tutor_id=place[0], group=place[1])
        mapping.changed_at = moment
        together.setdefault(fields, []).append(mapping)
    for fields, mappings in together.items():
        update_many(mappings, (*fields, "changed_at"), key="student")
    announce_mappings(placed)


def unassign(student: User) -> bool:
    """Leave `student` without a tutor; false when there was none."""
    deleted, _by_model = TutorStudent.objects.filter(student=student).delete()
    return deleted > 0


def _refuse_others(user_ids: Collection[int], user_type: UserType, sentence: str) -> None:
    others = sorted(set(user_ids) - ids_of_type(user_ids, user_type))
    if others:
        raise ValidationError(sentence % ", ".join(map(str, others[:20])))


def note_first_sign_in(person: User) -> None:
    """Note that a person has signed in for the first time, in a way that Django does not see."""
    if person.last_login is None:
        User.objects.filter(pk=person.pk, last_login__isnull=True).update(last_login=now())
