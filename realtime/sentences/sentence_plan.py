"""What importing sentences would change in a list, worked out without changing anything."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from realtime.sentences.models import Sentence, SentenceList
from realtime.sentences.sentence_file import SentenceRow
from realtime.sentences.sentence_rules import address_error, language_error, length_error


@dataclass(frozen=True, slots=True)
class SentenceError:
    """Why a line cannot be imported: the value at fault and the reason, in words."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlannedSentence:
    """A good row, its place in the list from 1, and the sentence that it stands for now."""

    row: SentenceRow
    position: int
    before: Sentence | None

    @property
    def is_new(self) -> bool:
        """Whether the list has no such sentence yet."""
        return self.before is None

    @property
    def is_changed(self) -> bool:
        """Whether the list has the sentence, otherwise written, translated or recorded."""
        row, before = self.row, self.before
        said = (row.text, row.translation, row.audio_url)
        return before is not None and said != (before.text, before.translation, before.audio_url)


@dataclass(frozen=True, slots=True)
class SentencePlan:
    """The outcome of every row of a file for the list `title`, which may be `known` already."""

    title: str
    language: str
    known: SentenceList | None
    sentences: list[PlannedSentence] = field(default_factory=list)
    gone: list[Sentence] = field(default_factory=list)
    errors: list[SentenceError] = field(default_factory=list)

    @property
    def new(self) -> list[PlannedSentence]:
        """The good rows that the list does not have."""
        return [one for one in self.sentences if one.is_new]

    @property
    def changed(self) -> list[PlannedSentence]:
        """The good rows that the list has otherwise."""
        return [one for one in self.sentences if one.is_changed]

    @property
    def is_reordered(self) -> bool:
        """Whether those that stay come in another order."""
        places = [one.before.position for one in self.sentences if one.before]
        return places != sorted(places)

    @property
    def has_changes(self) -> bool:
        """Whether there is anything to import."""
        is_new = self.known is None and bool(self.sentences)
        return is_new or self.is_reordered or bool(self.new or self.changed or self.gone)

    @property
    def bad_rows(self) -> int:
        """How many rows would be left out."""
        return len({error.line for error in self.errors})

    def counts(self) -> dict[str, Any]:
        """Count what becomes of the rows, for a sentence about it."""
        same = len(self.sentences) - len(self.new) - len(self.changed)
        counts = {"new": len(self.new), "changed": len(self.changed), "gone": len(self.gone)}
        return {"title": self.title, **counts, "same": same, "bad": self.bad_rows}

    def fingerprint(self) -> str:
        """Name the outcome, so that a confirmation applies to what was shown and nothing else."""
        before = [(s.pk, s.position, s.translation, s.audio_url) for s in self.gone]
        rows = [
            (one.row, one.before and (one.before.pk, one.before.text, one.is_changed))
            for one in self.sentences
        ]
        said = (self.title, self.language, self.known and self.known.pk, before, rows)
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def objection(self, fingerprint: str, leave_out: bool) -> str:
        """Say why a confirmation of `fingerprint` does not hold; empty when it does."""
        if self.fingerprint() != fingerprint:
            return _("The list has changed since the preview. Nothing was imported yet.")
        if self.errors and not leave_out:
            return _("Nothing was imported: correct the file, or choose to leave the bad rows out.")
        return ""


def plan_sentences(title: str, language: str, rows: list[SentenceRow]) -> SentencePlan:
    """Work out what importing `rows` would make of the list of this title. Two queries."""
    known = SentenceList.objects.filter(title=title).first()
    before: dict[str, Sentence] = {}
    plan = SentencePlan(title, language, known)
    for sentence in known.sentences.order_by("position", "pk") if known else ():
        if before.setdefault(sentence.text.casefold(), sentence) is not sentence:
            plan.gone.append(sentence)  # the same twice
    lines: dict[str, int] = {}
    for row in rows:
        errors = list(errors_of(row, language))
        text = row.text.casefold()
        if text and lines.setdefault(text, row.line) != row.line:
            reason = _("Line %d has this sentence already.") % lines[text]
            errors.append(SentenceError(row.line, row.text, reason))
        plan.errors.extend(errors)
        if not errors:
            position = len(plan.sentences) + 1
            plan.sentences.append(PlannedSentence(row, position, before.pop(text, None)))
    plan.gone.extend(before.values())
    return plan


def errors_of(row: SentenceRow, language: str) -> Iterator[SentenceError]:
    """Find what is wrong with a row by itself."""
    for column, value in ((_("sentence"), row.text), (_("translation"), row.translation)):
        if not value:
            yield SentenceError(row.line, "", _("%s is empty.") % column)
        elif reason := length_error(value):
            yield SentenceError(row.line, value, reason)
    if row.text and (reason := language_error(row.text, language)):
        yield SentenceError(row.line, row.text, reason)
    if reason := address_error(row.audio_url):
        yield SentenceError(row.line, row.audio_url, reason)
