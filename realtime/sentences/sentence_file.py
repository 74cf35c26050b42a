"""The sentences of a list as a CSV file, in whatever a spreadsheet program saves."""

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from realtime.protocol.wire_limits import SENTENCES_IN_LIST
from realtime.sentences.sentence_rules import without_line_breaks
from speaktracker.roster.imports.spreadsheet import UnreadableFile, read_table
from speaktracker.text import plain_line

COLUMNS = ("sentence", "translation", "audio_url")
# What a column may be called; by its language too, which says whether it is practised.
HEADINGS = {
    "sentence": {"sentence", "sentences", "text", "문장", "연습 문장"},
    "translation": {"translation", "meaning", "번역", "뜻", "해석"},
    "audio_url": {"audio_url", "audio", "audio url", "recording", "녹음", "음성", "녹음 주소"},
}
LANGUAGE_HEADINGS = {"en": {"english", "영어"}, "ko": {"korean", "한국어", "국어", "한글"}}


@dataclass(frozen=True, slots=True)
class SentenceFile:
    """A file of sentences in `language`; a column may be called by the language it is in."""

    language: str
    needed: ClassVar[tuple[str, ...]] = COLUMNS[:2]

    def column_of(self, heading: str) -> str | None:
        """Name the column that a heading means; None where it means none."""
        name = plain_line(heading).lower()
        other = "en" if self.language == "ko" else "ko"
        if name in LANGUAGE_HEADINGS[self.language]:
            return "sentence"
        if name in LANGUAGE_HEADINGS[other]:
            return "translation"
        return next((column for column in COLUMNS if name in HEADINGS[column]), None)


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """One row of the file, as it would be stored, with the line it ends on, counted from 1."""

    line: int
    text: str
    translation: str
    audio_url: str


def read_sentences(data: bytes, language: str) -> list[SentenceRow]:
    """Read the rows of a CSV file of sentences in `language`; raises UnreadableFile."""
    rows = read_table(data, SentenceFile(language)).rows
    if len(rows) > SENTENCES_IN_LIST:
        sentence = _("The file has more than %d sentences. Make several lists of it.")
        raise UnreadableFile(sentence % SENTENCES_IN_LIST)
    return [
        SentenceRow(
            row.line, *(without_line_breaks(row.cells.get(column, "")) for column in COLUMNS)
        )
        for row in rows
    ]
