"""Whether this process has every key that stored texts are encrypted with."""

from collections.abc import Iterator

from django.apps import apps
from django.db import DatabaseError, models
from django.db.models import Model

from speaktracker.field_encryption.encrypted_text import KeyNameField, key_list

# Beyond this many it is clear enough.
SHOWN = 5


def key_trouble() -> str | None:
    """Say in a sentence which keys are missing or wrong; None when all is well.

    A database that is away, or not yet migrated, tells nothing; a few steps through an index.
    """
    try:
        missing = [name for model in encrypted_models() for name in unknown_names(model)]
    except DatabaseError:
        return None
    if not missing:
        return None
    ours = {name.rpartition(".")[0] for name in key_list().names}
    ids = [name.rpartition(".")[0] for name in dict.fromkeys(missing[:SHOWN])]
    wrong = [key_id for key_id in ids if key_id in ours]
    if wrong:
        return (
            f"FIELD_ENCRYPTION_KEYS has another key {', '.join(wrong)} than the one that stored "
            "feedback is encrypted with: put the right one there, or it cannot be read."
        )
    return (
        f"FIELD_ENCRYPTION_KEYS lacks the key {', '.join(ids)}, which stored feedback is encrypted "
        "with: add it to the list, or it cannot be read."
    )


def encrypted_models() -> list[type[Model]]:
    """List the models with encrypted texts."""
    return [
        model
        for model in apps.get_models()
        if any(isinstance(field, KeyNameField) for field in model._meta.concrete_fields)
    ]


def names_in_use(model: type[Model]) -> Iterator[str]:
    """Walk over the keys of stored texts, the empty one of plain ones too, by their index."""
    rows = model._default_manager.order_by("field_key").values_list("field_key", flat=True)
    name = rows.first()
    while name is not None:
        yield name
        name = rows.filter(field_key__gt=name).first()


def unknown_names(model: type[models.Model]) -> Iterator[str]:
    """Walk over those that this process has no key for, as far as they are of use to know."""
    unknown = 0
    for name in names_in_use(model):
        if name and key_list().find(name) is None:
            yield name
            unknown += 1
        if unknown >= SHOWN:
            return
