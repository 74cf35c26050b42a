"""What the calls for quick replies take and answer."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from realtime.protocol.wire_limits import QUICK_REPLY_LENGTH
from speaktracker.auth.serializers import StrictSerializer, TextField


class QuickReplyIn(StrictSerializer):
    """A tutor's own text."""

    text = TextField(
        max_length=QUICK_REPLY_LENGTH,
        help_text="May have the placeholders {name} and {sentence}.",
    )


@extend_schema_serializer(component_name="QuickReply")
class QuickReplyOut(serializers.Serializer[Any]):
    """A text as it is offered; the school's is in the reader's language."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    is_own = serializers.BooleanField()


class QuickRepliesOut(serializers.Serializer[Any]):
    """All that a tutor is offered: their own first."""

    results = QuickReplyOut(many=True)
