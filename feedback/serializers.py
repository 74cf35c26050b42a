"""What the feedback API takes."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from feedback.fields import FlagField, StrictSerializer, TextField
from feedback.validation import (
    MESSAGE_CHARACTERS,
    SESSION_CHARACTERS,
    URL_CHARACTERS,
    Fault,
    Invalid,
    normalised,
)

FAULTS = {
    Fault.BLANK: _("This field may not be blank."),
    Fault.TOO_LONG: _("This field is too long."),
    Fault.NOT_TEXT: _("This is not text."),
    Fault.AUDIO_REQUIRED: _("Feedback of type tts needs the address of its speech."),
    Fault.AUDIO_REFUSED: _("Only feedback of type tts has speech."),
    Fault.SPEAK_REFUSED: _("Only feedback of type text can be read aloud."),
    Fault.NOT_HTTPS: _("The address must start with https://."),
    Fault.HOST_REFUSED: _("Speech may not be loaded from this host."),
    Fault.NOT_A_URL: _("This is not a web address."),
}


class FeedbackIn(StrictSerializer):
    """Feedback for one of the tutor's own students."""

    student_email = serializers.EmailField(max_length=254)
    session_id = TextField(max_length=SESSION_CHARACTERS)
    message = TextField(max_length=MESSAGE_CHARACTERS)
    message_type = serializers.ChoiceField(choices=["text", "tts"])
    audio_url = TextField(
        max_length=URL_CHARACTERS,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="https, on an allowed host; required for tts, refused for text.",
    )
    speak = FlagField(required=False, help_text="Asks the client to read a text aloud.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            return normalised(attrs, settings.AUDIO_URL_HOSTS)
        except Invalid as error:
            texts = {field: [FAULTS[fault]] for field, fault in error.faults.items()}
            raise serializers.ValidationError(texts) from None


class ReceivedQuery(serializers.Serializer[Any]):
    """Which of a student's own feedback to list."""

    session_id = serializers.CharField(required=False, max_length=SESSION_CHARACTERS)
    before = serializers.UUIDField(required=False, help_text="`next` of the page before.")


class GivenQuery(ReceivedQuery):
    """Which of a tutor's own feedback to list."""

    student_email = serializers.CharField(required=False, max_length=254)


class KeyHeader(serializers.Serializer[Any]):
    """The header that makes a repeated call safe."""

    key = serializers.RegexField(
        r"^[\x21-\x7e]{1,128}\Z",
        trim_whitespace=False,
        error_messages={"invalid": _("The key must be 1 to 128 visible ASCII characters.")},
    )
