"""What the feedback API takes; nothing passes for something else: no 1 for "1", no "yes"."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from feedback.validation import Draft, Fault, speech_faults
from realtime.protocol.wire_limits import (
    EMAIL_LENGTH,
    FEEDBACK_LENGTH,
    SESSION_ID_LENGTH,
    URL_LENGTH,
)
from speaktracker.auth.serializers import AddressValue, StrictSerializer, TextField

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


class FlagField(serializers.BooleanField):
    """True or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class FeedbackIn(StrictSerializer):
    """Feedback for one of the tutor's own students; valid, it is a Draft."""

    student_email = AddressValue(max_length=EMAIL_LENGTH)
    session_id = TextField(max_length=SESSION_ID_LENGTH, trim_whitespace=False)
    message = TextField(max_length=FEEDBACK_LENGTH, trim_whitespace=False)
    message_type = serializers.ChoiceField(choices=["text", "tts"])
    audio_url = TextField(
        max_length=URL_LENGTH,
        trim_whitespace=False,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="https, on an allowed host; required for tts, refused for text.",
    )
    speak = FlagField(required=False, help_text="Asks the client to read a text aloud.")

    def validate(self, attrs: dict[str, Any]) -> Draft:
        """Make the fields, each valid by itself, a Draft that is valid as a whole."""
        draft = Draft(
            student_email=attrs["student_email"],
            session_id=attrs["session_id"],
            message=attrs["message"],
            message_type=attrs["message_type"],
            audio_url=attrs.get("audio_url") or None,
            speak=attrs.get("speak", False),
        )
        if faults := speech_faults(draft, settings.AUDIO_URL_HOSTS):
            raise ValidationError({field: [FAULTS[fault]] for field, fault in faults.items()})
        return draft


class ReceivedQuery(serializers.Serializer[Any]):
    """Which of a student's own feedback to list."""

    session_id = serializers.CharField(required=False, max_length=SESSION_ID_LENGTH)
    before = serializers.UUIDField(required=False, help_text="`next` of the page before.")


class GivenQuery(ReceivedQuery):
    """Which of a tutor's own feedback to list."""

    student_email = serializers.CharField(required=False, max_length=EMAIL_LENGTH)
