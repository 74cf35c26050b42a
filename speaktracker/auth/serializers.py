"""The bodies of the token and ticket calls."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from speaktracker.text import EMAIL_LENGTH


class CredentialsIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=EMAIL_LENGTH)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class RefreshIn(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4096)


class AccessOut(serializers.Serializer[Any]):
    access = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds until `access` expires.")


class TokensOut(AccessOut):
    refresh = serializers.CharField()


class TicketOut(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


@extend_schema_serializer(component_name="Problem")
class ErrorOut(serializers.Serializer[Any]):
    """Why a call was refused: a sentence, and the code of it."""

    detail = serializers.CharField()
    code = serializers.CharField()
