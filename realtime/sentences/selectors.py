"""Sentence lists, read: what a student is offered today."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from realtime.protocol.wire_limits import LISTS_OFFERED, SENTENCES_IN_LIST
from realtime.sentences.default_list import (
    DEFAULT_LANGUAGE,
    DEFAULT_LIST_ID,
    DEFAULT_SENTENCES,
    default_title,
)
from realtime.sentences.models import (
    GivenTo,
    Sentence,
    SentenceAssignment,
    SentenceList,
    school_day,
)
from speaktracker.roster.models import TutorStudent

# What is given to a student alone stands before what their group has, and that before everyone's.
CLOSENESS = {GivenTo.STUDENT: 0, GivenTo.GROUP: 1, GivenTo.EVERYONE: 2}
# A list may be given in several ways at once.
MOST_ASSIGNMENTS = 10 * LISTS_OFFERED


@dataclass(frozen=True, slots=True)
class OfferedList:
    """A list that a student may choose; `first_day` is None of the one that nobody made."""

    id: int
    title: str
    language: str
    count: int
    given_to: str
    first_day: date | None


@dataclass(frozen=True, slots=True)
class PractisedSentence:
    """A sentence as a student practises it; `id` is its own within its list."""

    id: int
    text: str
    translation: str
    audio_url: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """The lists in force, the closest and newest first, and the sentences of the chosen one."""

    lists: list[OfferedList]
    chosen: OfferedList
    sentences: list[PractisedSentence] = field(default_factory=list)


class NotOffered(Exception):
    """The student is not offered this list: it is gone, another's, over, or not yet begun."""


def sentence_counts(list_id: str = "pk") -> Coalesce:
    """Count the sentences of a list in a query of rows that name it as `list_id`."""
    own = Sentence.objects.filter(sentence_list=OuterRef(list_id)).order_by()
    count = own.values("sentence_list").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(count), 0)


def assignments_in_force(student_id: int, day: date) -> QuerySet[SentenceAssignment]:
    """Select what a student is given on a day: alone, with their group, or with everyone."""
    group = TutorStudent.objects.filter(student=student_id).order_by().values("group")
    of_others = Q(group="") | Q(group=Subquery(group))
    mine = Q(student=student_id) | (Q(student__isnull=True) & of_others)
    begun = SentenceAssignment.objects.filter(mine, first_day__lte=day, year_end__isnull=True)
    return begun.filter(Q(last_day__isnull=True) | Q(last_day__gte=day))


def not_ended() -> QuerySet[SentenceAssignment]:
    """Select what is given today, or will be."""
    return SentenceAssignment.objects.filter(
        Q(last_day__isnull=True) | Q(last_day__gte=school_day()), year_end__isnull=True
    )


def lists_in_force(student_id: int, day: date) -> list[OfferedList]:
    """List what a student may practise on a day, each once, but empty ones; one query."""
    rows = assignments_in_force(student_id, day).annotate(count=sentence_counts("sentence_list_id"))
    columns = ("sentence_list_id", "sentence_list__title", "sentence_list__language", "count")
    newest = rows.order_by("-first_day", "-pk").values_list(*columns, "given_to", "first_day")
    offered = [OfferedList(*row) for row in newest[:MOST_ASSIGNMENTS]]
    offered.sort(key=lambda one: CLOSENESS[GivenTo(one.given_to)])  # of the same, newest first
    once: dict[int, OfferedList] = {}
    for one in offered:
        if one.count:
            once.setdefault(one.id, one)
    return list(once.values())[:LISTS_OFFERED] or [default_list()]


def default_list() -> OfferedList:
    """Return what a school that gives nothing offers all the same."""
    count = len(DEFAULT_SENTENCES)
    title = default_title()
    return OfferedList(DEFAULT_LIST_ID, title, DEFAULT_LANGUAGE, count, GivenTo.EVERYONE, None)


def sentences_of(list_id: int) -> list[PractisedSentence]:
    """Read the sentences of a list in their order; one query, none for the default list."""
    if list_id == DEFAULT_LIST_ID:
        return [PractisedSentence(n, *pair) for n, pair in enumerate(DEFAULT_SENTENCES, 1)]
    rows = Sentence.objects.filter(sentence_list=list_id).order_by("position", "pk")
    columns = rows.values_list("pk", "text", "translation", "audio_url")
    return [PractisedSentence(*row) for row in columns[:SENTENCES_IN_LIST]]


def offer_to(student_id: int, day: date, list_id: int | None = None) -> Offer:
    """Read what a student is offered, with the sentences of `list_id`, else of the first list.

    Two queries. Raises NotOffered.
    """
    lists = lists_in_force(student_id, day)
    chosen = next((one for one in lists if list_id in (None, one.id)), None)
    if chosen is None:
        raise NotOffered
    return Offer(lists, chosen, sentences_of(chosen.id))


def preview_of(one: SentenceList) -> Offer:
    """Read a list as a student would be offered it."""
    sentences = sentences_of(one.pk)
    title, language = one.title, one.language
    offered = OfferedList(one.pk, title, language, len(sentences), GivenTo.EVERYONE, None)
    return Offer([offered], offered, sentences)
