"""The bodies of the token and ticket calls, and what all bodies of the API are made of."""

from collections.abc import Mapping
from copy import copy, deepcopy
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from speaktracker.text import EMAIL_LENGTH, normal_email, normal_text


class AddressValue(serializers.EmailField):
    """An address in a call of the API: written as it is stored before it is judged."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if "\0" in text:  # nobody pastes one
            self.fail("invalid")
        return normal_email(text)


UNKNOWN_FIELD = _("This field is not known.")


class TextField(serializers.CharField):
    """Text as it is stored: normalised before its length is measured."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = normal_text(data)
        if not self.allow_blank and not text.strip():
            self.fail("blank")
        return text


class StrictSerializer(serializers.Serializer[Any]):
    """A body whose unknown fields are refused."""

    def get_fields(self) -> dict[str, Any]:
        """Copy what is declared, deeply only where a field has others inside.

        REST framework makes each field anew for each call, which takes as long as judging them.
        """
        declared: dict[str, Any] = self._declared_fields
        return {name: _copied(field) for name, field in declared.items()}

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown fields by their names, beside the errors of those that are known."""
        names = data if isinstance(data, Mapping) else ()
        errors: dict[Any, Any] = {n: [UNKNOWN_FIELD] for n in names if n not in self.fields}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            errors |= dict(error.detail) if isinstance(error.detail, dict) else {}
        if errors:
            raise ValidationError(errors)
        return value


def _copied(field: Any) -> Any:
    has_others = hasattr(field, "child") or isinstance(field, serializers.BaseSerializer)
    return deepcopy(field) if has_others else copy(field)


class CredentialsIn(serializers.Serializer[Any]):
    email = AddressValue(max_length=EMAIL_LENGTH)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class RefreshIn(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4096)


class TokensOut(serializers.Serializer[Any]):
    access = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds until `access` expires.")
    refresh = serializers.CharField(help_text="Can be exchanged once, for the next pair.")


class TicketOut(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


@extend_schema_serializer(component_name="Problem")
class ErrorOut(serializers.Serializer[Any]):
    """Why a call was refused: a sentence, and the code of it."""

    detail = serializers.CharField()
    code = serializers.CharField()
