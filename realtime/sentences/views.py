"""The API's call for what a student practises."""

from typing import Any

from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from realtime.sentences.models import school_day
from realtime.sentences.offers import offer_body, tag_of
from realtime.sentences.selectors import NotOffered, offer_to
from realtime.sentences.serializers import OfferOut, SentencesQuery
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import caller_id
from speaktracker.auth.credentials import Credentials
from speaktracker.auth.openapi_security import INVALID, REFUSALS
from speaktracker.auth.serializers import ErrorOut
from speaktracker.roster.models import UserType

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, "header", description="The `ETag` of an earlier answer."
)


class StudentSentences(ApiView):
    """What a student practises."""

    role = UserType.STUDENT

    @extend_schema(
        operation_id="list_sentences",
        parameters=[SentencesQuery, IF_NONE_MATCH],
        responses={
            200: OfferOut,
            304: OpenApiResponse(description="Nothing has changed."),
            400: INVALID,
            404: OpenApiResponse(ErrorOut, "You are not offered this list (any more)."),
            **REFUSALS,
        },
    )
    def get(self, request: Request) -> Any:
        """List what you are given to practise today, with the sentences of one list."""
        asked = SentencesQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        try:
            offer = offer_to(caller_id(request), school_day(), asked.validated_data.get("list"))
        except NotOffered:
            raise NotFound from None
        body = offer_body(offer)
        tag = tag_of(body)
        answer = get_conditional_response(request._request, etag=tag) or Response(body)
        answer["ETag"] = tag
        # An app keeps it and asks whether it still holds; what a page was sent, nobody keeps.
        if isinstance(request.auth, Credentials):
            answer["Cache-Control"] = "private, no-cache"
            patch_vary_headers(answer, ["Authorization", "Accept-Language"])
        return answer
