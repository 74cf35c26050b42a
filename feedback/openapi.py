"""How the OpenAPI document describes the feedback API."""

from typing import Any, get_args

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from feedback.models import State
from feedback.serializers import FeedbackIn, GivenQuery, ReceivedQuery
from realtime.presence.attention import Reason
from speaktracker.auth.idempotency_key import key_parameter
from speaktracker.auth.openapi_security import BAD_BODY, INVALID, REFUSALS
from speaktracker.auth.serializers import ErrorOut

EXAMPLE = {
    "student_email": "student@example.com",
    "session_id": "session_123",
    "message": "발음이 좋아졌어요",
    "message_type": "text",
    "audio_url": None,
}


def _frame_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    return {
        "type": serializers.CharField(help_text="feedback"),
        "from": serializers.EmailField(),
        "student_email": serializers.EmailField(),
        "session_id": serializers.CharField(),
        "message": serializers.CharField(),
        "message_type": serializers.ChoiceField(choices=["text", "tts"]),
        "timestamp": serializers.DateTimeField(),
        "message_id": serializers.UUIDField(),
        "from_name": serializers.CharField(required=False, help_text="The tutor's name."),
        "audio_url": serializers.URLField(required=False),
        "speak": serializers.BooleanField(required=False),
    }


Delivery = inline_serializer(
    "Delivery",
    {
        "status": serializers.ChoiceField(choices=["delivered", "queued", "failed"]),
        "connections": serializers.IntegerField(),
    },
)
MessageErrorOut = inline_serializer(
    "MessageError",
    {
        "type": serializers.CharField(help_text="message_error"),
        "code": serializers.ChoiceField(choices=["RECIPIENT_OFFLINE", "DELIVERY_FAILED"]),
        "original_message_id": serializers.UUIDField(),
        "message": serializers.CharField(),
        "timestamp": serializers.DateTimeField(),
        "queued": serializers.BooleanField(required=False),
    },
)
Delivered = inline_serializer("FeedbackDelivered", {**_frame_fields(), "delivery": Delivery})
Kept = inline_serializer(
    "FeedbackKept", {**_frame_fields(), "delivery": Delivery, "error": MessageErrorOut}
)
FeedbackPage = inline_serializer(
    "FeedbackPage",
    {
        "results": inline_serializer(
            "FeedbackListed",
            {
                **_frame_fields(),
                "state": serializers.ChoiceField(choices=State.choices),
                "acknowledged": serializers.BooleanField(
                    help_text="The student's client has said that it has it; sent, until then."
                ),
                "for_tutor_email": serializers.EmailField(
                    required=False,
                    help_text="Of what a substitute gave, in a tutor's list: whose student it was.",
                ),
            },
            many=True,
        ),
        "next": serializers.UUIDField(allow_null=True),
    },
)
HelpData = inline_serializer(
    "HelpData",
    {
        "asked_at": serializers.DateTimeField(),
        "note": serializers.CharField(allow_blank=True),
        "seen_at": serializers.DateTimeField(allow_null=True),
    },
    allow_null=True,
)
LentBy = inline_serializer(
    "LentBy",
    {
        "tutor_email": serializers.EmailField(),
        "tutor_name": serializers.CharField(allow_blank=True),
        "until": serializers.DateField(help_text="The last day, as the school has it."),
    },
    required=False,
    help_text="Whose student it is who is lent to the caller.",
)
LastFeedbackOut = inline_serializer(
    "LastFeedback",
    {
        "message_id": serializers.UUIDField(),
        "state": serializers.ChoiceField(choices=State.choices),
        "timestamp": serializers.DateTimeField(),
    },
    allow_null=True,
)
AttentionOut = inline_serializer(
    "Attention",
    {
        "reason": serializers.ChoiceField(choices=get_args(Reason)),
        "since": serializers.DateTimeField(allow_null=True),
    },
)
StudentOut = inline_serializer(
    "StudentData",
    {
        "student_email": serializers.EmailField(),
        "student_name": serializers.CharField(),
        "status": serializers.ChoiceField(
            choices=["studying", "idle", "paused", "finished"], allow_null=True
        ),
        "session_id": serializers.CharField(allow_null=True),
        "current_sentence": serializers.CharField(),
        "progress": serializers.FloatField(min_value=0, max_value=100),
        "last_update": serializers.DateTimeField(allow_null=True),
        "online": serializers.BooleanField(),
        "version": serializers.IntegerField(),
        "status_since": serializers.DateTimeField(allow_null=True),
        "progress_since": serializers.DateTimeField(allow_null=True),
        "came_at": serializers.DateTimeField(required=False),
        "group": serializers.CharField(allow_blank=True),
        "skipped": serializers.IntegerField(required=False),
        "lent_by": LentBy,
        "help": HelpData,
        "last_feedback": LastFeedbackOut,
        "attention": AttentionOut,
    },
    many=True,
)
Students = inline_serializer(
    "Students", {"students": StudentOut, "generated_at": serializers.DateTimeField()}
)

KEY = key_parameter("The same key within 24 hours gets the first answer again.")

give = extend_schema(
    operation_id="give_feedback",
    parameters=[KEY],
    request=FeedbackIn,
    examples=[OpenApiExample("A text", EXAMPLE, request_only=True)],
    responses={
        201: OpenApiResponse(Delivered, "Stored and delivered."),
        202: OpenApiResponse(Kept, "Stored; delivered at the student's next connect."),
        409: OpenApiResponse(ErrorOut, "The key was used for another body."),
        **BAD_BODY,
        **REFUSALS,
    },
)
list_given = extend_schema(
    operation_id="list_given_feedback",
    parameters=[GivenQuery],
    responses={200: FeedbackPage, 400: INVALID, **REFUSALS},
)
list_received = extend_schema(
    operation_id="list_received_feedback",
    parameters=[ReceivedQuery],
    responses={200: FeedbackPage, 400: INVALID, **REFUSALS},
)
students = extend_schema(operation_id="list_students", responses={200: Students, **REFUSALS})
