"""Sentence lists, written."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from realtime.protocol.wire_limits import LIST_TITLE_LENGTH
from realtime.sentences.models import Sentence, SentenceAssignment, SentenceList, school_day
from realtime.sentences.sentence_plan import SentencePlan
from speaktracker.clock import now
from speaktracker.db.purging import delete_oldest

PURGE_ROWS = 1_000
# As long as what was practised is kept: whoever reads that may wonder what was given.
KEPT_DAYS = 30


@transaction.atomic
def carry_out(plan: SentencePlan) -> SentenceList:
    """Make the list of a plan as its rows say; what does not differ is left alone."""
    made = plan.known or SentenceList.objects.create(title=plan.title, language=plan.language)
    rows = [
        Sentence(
            pk=one.before.pk if one.before else None,
            sentence_list=made,
            position=one.position,
            text=one.row.text,
            translation=one.row.translation,
            audio_url=one.row.audio_url,
        )
        for one in plan.sentences
    ]
    moved = [
        row
        for row, one in zip(rows, plan.sentences, strict=True)
        if one.before and (one.is_changed or one.before.position != row.position)
    ]
    made.sentences.filter(pk__in=[sentence.pk for sentence in plan.gone]).delete()
    Sentence.objects.bulk_update(moved, ("position", "text", "translation", "audio_url"))
    Sentence.objects.bulk_create([row for row in rows if row.pk is None])
    made.save(update_fields=["changed_at"])
    return made


@transaction.atomic
def number_in_order(ordered: Iterable[Sentence]) -> None:
    """Number sentences of one list from 1 in this order."""
    moved = [row for place, row in enumerate(ordered, 1) if _moved_to(row, place)]
    Sentence.objects.bulk_update(moved, ("position",))


def _moved_to(sentence: Sentence, position: int) -> bool:
    is_moved = sentence.position != position
    sentence.position = position
    return is_moved


@transaction.atomic
def copy_list(original: SentenceList) -> SentenceList:
    """Copy a list with its sentences under a title of its own; the copy is given to nobody."""
    copy = SentenceList.objects.create(
        title=_free_title(original.title), language=original.language
    )
    Sentence.objects.bulk_create(
        Sentence(
            sentence_list=copy,
            position=row.position,
            text=row.text,
            translation=row.translation,
            audio_url=row.audio_url,
        )
        for row in original.sentences.order_by("position", "pk")
    )
    return copy


def _free_title(title: str) -> str:
    """Name a copy so that nothing else is called so."""
    number = 1
    while True:
        ending = _(" (copy)") if number == 1 else _(" (copy %d)") % number
        copied = title[: LIST_TITLE_LENGTH - len(ending)] + ending
        if not SentenceList.objects.filter(title=copied).exists():
            return copied
        number += 1


def purge_ended_assignments() -> bool:
    """Delete some assignments that ended long ago; tell whether more may be."""
    ended = SentenceAssignment.objects.filter(last_day__lt=school_day() - timedelta(days=KEPT_DAYS))
    ended = ended.exclude(year_end__due_at__gt=now())  # it may be undone yet
    return delete_oldest(ended, "last_day", PURGE_ROWS) == PURGE_ROWS
