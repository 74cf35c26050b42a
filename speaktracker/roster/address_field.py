"""An e-mail address in models and forms: written as it is stored before it is judged."""

from typing import Any

from django import forms
from django.db import models

from speaktracker.text import normal_email


class AddressInput(forms.EmailField):
    """An address in a form."""

    def to_python(self, value: Any) -> Any:
        return normal_email(super().to_python(value) or "")


class AddressField(models.EmailField):  # type: ignore[type-arg]  # not generic when it runs
    """An address in a model; a look-up by it is normal as well."""

    def to_python(self, value: Any) -> Any:
        return normal_email(value) if isinstance(value, str) else super().to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(self.to_python(value))

    def formfield(self, **options: Any) -> Any:
        return super().formfield(**{"form_class": AddressInput, **options})

    def deconstruct(self) -> Any:
        # For the database nothing differs from Django's own field: no migration is needed.
        name, _path, arguments, options = super().deconstruct()
        return name, "django.db.models.EmailField", arguments, options
