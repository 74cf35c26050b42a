"""A model field for a number that only the database raises."""

from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy

# A class or an hour of students. Django calls groups of staff so too, and in Korean they differ.
GROUP_WORD = pgettext_lazy("of students", "group")


class RaisedNumber(models.BigIntegerField):  # type: ignore[type-arg]
    """A number that saving a row never writes back: what was read may be old by then.

    To raise it, update it with an expression. In migrations it is a plain BigIntegerField.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return super().pre_save(model_instance, add) if add else models.F(self.attname)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BigIntegerField", args, kwargs
