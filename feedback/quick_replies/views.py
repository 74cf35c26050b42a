"""The API's calls for a tutor's quick replies."""

from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from feedback.quick_replies import services
from feedback.quick_replies.models import OwnQuickReply
from feedback.quick_replies.selectors import QuickReply, offered_to
from feedback.quick_replies.serializers import QuickRepliesOut, QuickReplyIn, QuickReplyOut
from realtime.protocol.wire_limits import QUICK_REPLIES
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import caller_id
from speaktracker.auth.openapi_security import BAD_BODY, REFUSALS
from speaktracker.auth.serializers import ErrorOut
from speaktracker.roster.models import UserType


class TutorQuickReplies(ApiView):
    """What a tutor is offered."""

    role = UserType.TUTOR

    @extend_schema(operation_id="list_quick_replies", responses={200: QuickRepliesOut, **REFUSALS})
    def get(self, request: Request) -> Response:
        """List your own quick replies and the school's."""
        offered = offered_to(caller_id(request), get_language() or "ko")
        return Response({"results": QuickReplyOut(offered, many=True).data})

    @extend_schema(
        operation_id="keep_quick_reply",
        request=QuickReplyIn,
        responses={201: QuickReplyOut, **BAD_BODY, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Keep a text as your own quick reply, once."""
        try:
            reply = services.keep(caller_id(request), _text_in(request))
        except services.TooManyQuickReplies:
            raise ValidationError({"text": [_too_many()]}) from None
        return Response(_shown(reply), 201)


class OneQuickReply(ApiView):
    """One of a tutor's own."""

    role = UserType.TUTOR

    @extend_schema(
        operation_id="reword_quick_reply",
        request=QuickReplyIn,
        responses={200: QuickReplyOut, 404: ErrorOut, **BAD_BODY, **REFUSALS},
    )
    def patch(self, request: Request, reply_id: int) -> Response:
        """Change the text of your own quick reply."""
        try:
            reply = services.reword(caller_id(request), reply_id, _text_in(request))
        except services.UnknownQuickReply:
            raise NotFound from None
        except services.SameQuickReply:
            raise ValidationError({"text": [_("You have this quick reply already.")]}) from None
        return Response(_shown(reply))

    @extend_schema(
        operation_id="delete_quick_reply", responses={204: None, 404: ErrorOut, **REFUSALS}
    )
    def delete(self, request: Request, reply_id: int) -> Response:
        """Delete your own quick reply."""
        try:
            services.delete(caller_id(request), reply_id)
        except services.UnknownQuickReply:
            raise NotFound from None
        return Response(status=204)


def _text_in(request: Request) -> str:
    body = QuickReplyIn(data=request.data)
    body.is_valid(raise_exception=True)
    return str(body.validated_data["text"])


def _shown(reply: OwnQuickReply) -> dict[str, Any]:
    return QuickReplyOut(QuickReply(reply.pk, reply.text, is_own=True)).data


def _too_many() -> str:
    return ngettext(
        "You have %d quick reply, and more are not kept. Delete one first.",
        "You have %d quick replies, and more are not kept. Delete one first.",
        QUICK_REPLIES,
    ) % (QUICK_REPLIES,)
