"""Fields of a JSON body that take nothing for something else: no 1 for "1", no "yes" for true."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from speaktracker.text import normal_text

UNKNOWN_FIELD = _("This field is not known.")


class TextField(serializers.CharField):
    """Text as it is stored: normalised before its length is measured."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = normal_text(data)
        if not self.allow_blank and not text.strip():
            self.fail("blank")
        return text


class FlagField(serializers.BooleanField):
    """True or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, by their name, beside the errors of those it knows."""

    def to_internal_value(self, data: Any) -> Any:
        names = data if isinstance(data, Mapping) else ()
        errors: dict[Any, Any] = {n: [UNKNOWN_FIELD] for n in names if n not in self.fields}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            errors |= dict(error.detail) if isinstance(error.detail, dict) else {}
        if errors:
            raise ValidationError(errors)
        return value
