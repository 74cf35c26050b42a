"""Model fields whose text is encrypted at rest; rows hand it out decrypted, and nothing else does.

A model has EncryptedTextFields, one KeyNameField called `field_key`, and `text_identity`.
"""

from typing import Any, NamedTuple, Protocol, cast

from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query_utils import DeferredAttribute

from speaktracker.field_encryption.ciphertext import (
    DamagedText,
    Identity,
    decrypt,
    encrypt,
    is_ciphertext,
)
from speaktracker.field_encryption.key_list import KeyList


class AtRest(NamedTuple):
    """A text as it stands in the database, which is no text for anybody to read."""

    stored: str


class EncryptedRow(Protocol):
    """A row of a model with encrypted texts."""

    field_key: str

    def text_identity(self, field: str) -> Identity:
        """Say what the text of `field` belongs to."""
        ...


class EncryptedAttribute(DeferredAttribute):
    """Decrypts on reading; raises UnreadableText."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return decrypted(instance, self.field, value) if isinstance(value, AtRest) else value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted where FIELD_ENCRYPTION_KEYS is set.

    Only rows write and read it: queries neither look for it, nor set it, and `values` gives AtRest.
    """

    descriptor_class = EncryptedAttribute

    def from_db_value(self, value: str | None, *_: Any) -> AtRest | None:
        """Keep what a row was read with until somebody asks for it."""
        return None if value is None else AtRest(value)

    def pre_save(self, model_instance: Any, add: bool) -> AtRest | None:  # noqa: ARG002 - Django's
        """Encrypt the text of a row with the newest key."""
        text = getattr(model_instance, self.attname)
        return None if text is None else AtRest(encrypted(model_instance, self, text))

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Write what `pre_save` made and nothing else; raises TypeError."""
        if value is None:
            return None
        if not isinstance(value, AtRest):
            raise TypeError(f"{self.name} is written by saving a row, which encrypts it.")
        return super().get_db_prep_save(value.stored, connection)

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow none but `isnull`; raises FieldError."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: nothing can be looked for in it.")
        return super().get_lookup(lookup_name)


class KeyNameField(models.CharField):  # type: ignore[type-arg]
    """The name of the key that a row's texts are encrypted with; empty where none is."""

    def pre_save(self, model_instance: Any, add: bool) -> str:  # noqa: ARG002 - Django's
        """Name the key that the texts of this row are being encrypted with."""
        name = key_list().newest_name
        setattr(model_instance, self.attname, name)
        return name


def key_list() -> KeyList:
    """Return the keys of this process."""
    return settings.FIELD_ENCRYPTION_KEYS


def encrypted(row: EncryptedRow, field: Any, text: str) -> str:
    """Encrypt a row's text, where there is a key to encrypt with."""
    key = key_list().newest
    return encrypt(text, row.text_identity(field.name), key) if key else text


def decrypted(row: EncryptedRow, field: Any, value: AtRest) -> str:
    """Decrypt a row's text; raises UnreadableText."""
    if is_ciphertext(value.stored):
        return decrypt(value.stored, row.text_identity(field.name), key_list())
    if row.field_key:
        raise DamagedText("the row was encrypted, and this text is not")
    return value.stored


def at_rest(row: models.Model, name: str) -> str | None:
    """Return a text of a row that was read from the database as it stands there, for the mirror."""
    value = row.__dict__[name]
    return None if value is None else cast(str, value.stored)


def encrypted_again(row: models.Model) -> dict[str, Any]:
    """Make the values that write a row's texts with the newest key; raises UnreadableText."""
    fields = [f for f in row._meta.concrete_fields if isinstance(f, EncryptedTextField)]
    values: dict[str, Any] = {field.name: field.pre_save(row, add=False) for field in fields}
    return {**values, "field_key": key_list().newest_name}
