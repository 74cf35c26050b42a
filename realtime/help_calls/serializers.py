"""What the calls for help take."""

from typing import Any, get_args

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from realtime.protocol.field_types import HelpState
from realtime.protocol.wire_limits import EMAIL_LENGTH, HELP_NOTE_LENGTH
from speaktracker.auth.serializers import AddressValue, StrictSerializer, TextField

HELP_STATES = ["none", *get_args(HelpState)]


class HelpIn(StrictSerializer):
    """What the student wants to say with it, if anything."""

    note = TextField(max_length=HELP_NOTE_LENGTH, required=False, allow_blank=True, default="")


class SeenIn(StrictSerializer):
    """Whose question was seen."""

    student_email = AddressValue(max_length=EMAIL_LENGTH)


@extend_schema_serializer(component_name="HelpCall")
class HelpOut(serializers.Serializer[Any]):
    """What has become of a question; `none` where nothing was asked since coming into class."""

    state = serializers.ChoiceField(choices=HELP_STATES)
    timestamp = serializers.DateTimeField(allow_null=True)
    asked_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
