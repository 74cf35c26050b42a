"""The header that makes a repeated call safe."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

KEY_HEADER = "Idempotency-Key"


class KeyHeader(serializers.Serializer[Any]):
    """What the header may say."""

    key = serializers.RegexField(
        r"^[\x21-\x7e]{1,128}\Z",
        trim_whitespace=False,
        error_messages={"invalid": _("The key must be 1 to 128 visible ASCII characters.")},
    )


def key_of(request: Request) -> str | None:
    """Read the header, None without one; raises ValidationError under its name."""
    if KEY_HEADER not in request.headers:
        return None
    header = KeyHeader(data={"key": request.headers[KEY_HEADER]})
    if not header.is_valid():
        raise ValidationError({KEY_HEADER: header.errors["key"]})
    return str(header.validated_data["key"])


def key_parameter(description: str) -> OpenApiParameter:
    """Describe the header in the OpenAPI document."""
    return OpenApiParameter(
        KEY_HEADER,
        {"type": "string", "pattern": "^[!-~]{1,128}$"},
        OpenApiParameter.HEADER,
        description=description,
    )
