"""What the calls for loans take and answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from realtime.protocol.wire_limits import EMAIL_LENGTH, GROUP_LENGTH
from speaktracker.auth.serializers import AddressValue, StrictSerializer, TextField
from speaktracker.roster.loans.models import Extent, Loan
from speaktracker.roster.loans.services import MOST_CHOSEN
from speaktracker.school_days import today


class LoanIn(StrictSerializer):
    """Which of the caller's students are lent, to whom and on which days of the school."""

    substitute_email = AddressValue(max_length=EMAIL_LENGTH)
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    extent = serializers.ChoiceField(choices=Extent.choices, default=Extent.ALL)
    group = TextField(
        max_length=GROUP_LENGTH,
        required=False,
        allow_blank=True,
        default="",
        help_text="For the extent `group`.",
    )
    student_emails = serializers.ListField(
        child=AddressValue(max_length=EMAIL_LENGTH),
        max_length=MOST_CHOSEN,
        required=False,
        default=list,
        help_text="For the extent `some`.",
    )


@extend_schema_serializer(component_name="Loan")
class LoanOut(serializers.Serializer[Any]):
    """A loan that is in force or still to come; `is_own` where the caller lends."""

    id = serializers.IntegerField()
    is_own = serializers.BooleanField()
    is_in_force = serializers.BooleanField()
    tutor_email = serializers.EmailField()
    tutor_name = serializers.CharField()
    substitute_email = serializers.EmailField()
    substitute_name = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    extent = serializers.ChoiceField(choices=Extent.choices)
    group = serializers.CharField(allow_blank=True)
    student_emails = serializers.ListField(
        child=serializers.EmailField(),
        required=False,
        help_text="Who was chosen, to whom lends them; a substitute finds them among the students.",
    )


class LoansOut(serializers.Serializer[Any]):
    """All of a tutor, given and taken; the next to end first."""

    results = LoanOut(many=True)


def shown_loan(loan: Loan, tutor_id: int) -> dict[str, Any]:
    """Show a loan to one of its two tutors."""
    is_own = loan.tutor_id == tutor_id
    fields: dict[str, Any] = {
        "id": loan.pk,
        "is_own": is_own,
        "is_in_force": loan.first_day <= today(),
        "tutor_email": loan.tutor.email,
        "tutor_name": loan.tutor.name,
        "substitute_email": loan.substitute.email,
        "substitute_name": loan.substitute.name,
        "first_day": loan.first_day.isoformat(),
        "last_day": loan.last_day.isoformat(),
        "extent": loan.extent,
        "group": loan.group,
    }
    if is_own and loan.extent == Extent.SOME:
        fields["student_emails"] = sorted(student.email for student in loan.chosen.all())
    return fields


# What a body calls the fields that a draft names otherwise.
FIELDS = {
    "substitute": "substitute_email",
    "students": "student_emails",
    "tutor": "non_field_errors",
}
NO_TUTOR = _("No tutor who may sign in has this address.")
