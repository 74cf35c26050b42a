"""The API's calls for loans."""

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.exceptions import ValidationError as Invalid
from rest_framework.request import Request
from rest_framework.response import Response

from realtime.loan_calls.serializers import (
    FIELDS,
    NO_TUTOR,
    LoanIn,
    LoanOut,
    LoansOut,
    shown_loan,
)
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import caller_id
from speaktracker.auth.openapi_security import BAD_BODY, REFUSALS
from speaktracker.auth.serializers import ErrorOut
from speaktracker.roster.loans import services
from speaktracker.roster.loans.models import Extent
from speaktracker.roster.loans.selectors import loans_of
from speaktracker.roster.loans.services import LoanDraft
from speaktracker.roster.models import UserType
from speaktracker.roster.selectors import active_tutors, people_by_email


class TutorLoans(ApiView):
    """The students that a tutor lends, or is lent."""

    role = UserType.TUTOR

    @extend_schema(operation_id="list_loans", responses={200: LoansOut, **REFUSALS})
    def get(self, request: Request) -> Response:
        """List the loans you give and are given, those of coming days too."""
        own = caller_id(request)
        return Response({"results": [shown_loan(loan, own) for loan in loans_of(own)]})

    @extend_schema(
        operation_id="lend_students",
        request=LoanIn,
        responses={201: LoanOut, **BAD_BODY, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Lend students of yours to a substitute; the same loan again is the one there is."""
        body = LoanIn(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            loan = services.lend(_draft(caller_id(request), body.validated_data))
        except ValidationError as error:
            faults = error.message_dict.items()
            raise Invalid({FIELDS.get(name, name): why for name, why in faults}) from None
        return Response(shown_loan(loan, caller_id(request)), 201)


class OneLoan(ApiView):
    """One loan that a tutor gives."""

    role = UserType.TUTOR

    @extend_schema(operation_id="end_loan", responses={204: None, 404: ErrorOut, **REFUSALS})
    def delete(self, request: Request, loan_id: int) -> Response:
        """End a loan that you give before its last day is over."""
        try:
            services.end_own(caller_id(request), loan_id)
        except services.UnknownLoan:
            raise NotFound from None
        return Response(status=204)


def _draft(tutor_id: int, said: dict[str, Any]) -> LoanDraft:
    """Find the people of a valid body; raises Invalid where nobody can be the substitute."""
    substitute = active_tutors().filter(email=said["substitute_email"]).first()
    if substitute is None:
        raise Invalid({"substitute_email": [NO_TUTOR]})
    found = people_by_email(said["student_emails"])
    # Id 0 is nobody's: who is unknown is refused in the same words as who is another's.
    students = {found[email].pk if email in found else 0 for email in said["student_emails"]}
    return LoanDraft(
        tutor_id,
        substitute.pk,
        said["first_day"],
        said["last_day"],
        Extent(said["extent"]),
        said["group"],
        students,
    )
