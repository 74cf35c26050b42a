"""Who teaches whom, changed. Every change bumps the revision and is announced after the commit."""

from collections.abc import Collection, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from speaktracker.roster.models import TutorStudent, User, UserType
from speaktracker.roster.selectors import ids_of_type, tutor_ids_of


def assign_tutor(student: User, tutor: User) -> TutorStudent:
    """Make `tutor` responsible for `student`; wrong types raise ValidationError."""
    TutorStudent(student=student, tutor=tutor).clean()
    assign_many({student.pk: tutor.pk})
    return TutorStudent.objects.select_related("student", "tutor").get(student=student)


def assign_many(tutor_by_student: Mapping[int, int]) -> list[int]:
    """Map student ids to tutor ids; return the ids that moved. Wrong types: ValidationError."""
    present = tutor_ids_of(tutor_by_student)
    moving = {s: t for s, t in sorted(tutor_by_student.items()) if present.get(s) != t}
    _refuse_others(moving.keys(), UserType.STUDENT, _("These people are not students: %s"))
    _refuse_others(set(moving.values()), UserType.TUTOR, _("These people are not tutors: %s"))
    # An upsert in one transaction: of two assignments of a student at once, the later one stands.
    TutorStudent.objects.bulk_create(
        [TutorStudent(student_id=s, tutor_id=t) for s, t in moving.items()],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["student"],
        update_fields=["tutor", "changed_at"],
    )
    return list(moving)


def unassign(student: User) -> bool:
    """Leave `student` without a tutor; false when there was none."""
    deleted, _by_model = TutorStudent.objects.filter(student=student).delete()
    return deleted > 0


def _refuse_others(user_ids: Collection[int], user_type: UserType, sentence: str) -> None:
    others = sorted(set(user_ids) - ids_of_type(user_ids, user_type))
    if others:
        raise ValidationError(sentence % ", ".join(map(str, others[:20])))
