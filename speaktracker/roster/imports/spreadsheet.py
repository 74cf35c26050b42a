"""Tables in text files, in whatever spreadsheet programs save: encodings, separators, headings."""

import codecs
import csv
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from speaktracker.text import plain_line

MOST_BYTES = 5_000_000
MOST_ROWS = 10_000

# A spreadsheet program runs a cell that begins with one of these; the apostrophe makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_SEPARATORS = (",", ";", "\t")
# Workbooks begin so: those of today are ZIP files, older ones have a mark of their own.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row with the line it ends on, counted from 1, and its cells by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FileTable:
    """The rows of a file, the columns that it has, and headings that name none."""

    rows: list[FileRow]
    columns: tuple[str, ...]
    unused: tuple[str, ...] = ()


class TableKind(Protocol):
    """What a file's columns are: those it needs, and which one a heading means."""

    @property
    def needed(self) -> tuple[str, ...]:
        """Name the columns without which the file says nothing."""

    def column_of(self, heading: str) -> str | None:
        """Name the column that a heading means; None where it means none of this kind."""


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text says why and what to do."""


def safe_cell(text: str) -> str:
    """Mark `text` as text where a spreadsheet program would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain_cell(text: str) -> str:
    """Undo `safe_cell`, and trim."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def read_table(data: bytes, kind: TableKind) -> FileTable:
    """Read a file of that kind; blank lines do not count. Raises UnreadableFile."""
    if len(data) > MOST_BYTES:
        raise UnreadableFile(_("The file is larger than 5 MB. Split it into smaller ones."))
    if data.startswith(_WORKBOOKS):
        raise UnreadableFile(
            _("The file is a workbook. Save it in Excel as “CSV UTF-8”, and choose that file.")
        )
    try:
        text = decoded(data)
    except UnicodeDecodeError:
        raise UnreadableFile(_("The file is not text. Save it as “CSV UTF-8”.")) from None
    try:
        table = _table_of(text, kind)
    except csv.Error as error:
        raise UnreadableFile(_("The file is not a CSV file: %s.") % error) from None
    if not table.rows:
        raise UnreadableFile(_("The file has no rows below its header."))
    if len(table.rows) > MOST_ROWS:
        raise UnreadableFile(_("The file has more than 10,000 rows. Split it into smaller ones."))
    return table


def decoded(data: bytes) -> str:
    """Decode a file by its mark, else as UTF-8, else as Excel in Korea saves it (CP949).

    Raises UnicodeDecodeError.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    if data.count(0) * 10 > len(data):
        # UTF-16 without its mark: of each separator and letter of an address one half is empty.
        return data.decode(
            "utf-16-be" if data[0::2].count(0) > data[1::2].count(0) else "utf-16-le"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp949")


def _table_of(text: str, kind: TableKind) -> FileTable:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, kind), strict=True)
    headings: list[str] = []
    for headings in lines:
        # Excel writes the separator into a line of its own, when it is asked to.
        if any(map(plain_line, headings)) and not headings[0].lower().startswith("sep="):
            break
    columns = [kind.column_of(heading) for heading in headings]
    _refuse_header(columns, kind)
    places = {column: place for place, column in enumerate(columns) if column}
    rows = [
        FileRow(lines.line_num, {column: _cell(cells, at) for column, at in places.items()})
        for cells in lines
        if any(map(plain_line, cells))
    ]
    named = zip(headings, columns, strict=True)
    unused = tuple(plain_line(text) for text, column in named if not column and plain_line(text))
    return FileTable(rows, tuple(places), unused)


def _refuse_header(columns: Collection[str | None], kind: TableKind) -> None:
    named = [column for column in columns if column]
    twice = sorted({column for column in named if named.count(column) > 1})
    if twice:
        raise UnreadableFile(
            _("Two columns of the first line mean the same: %s.") % ", ".join(twice)
        )
    if not set(kind.needed) <= set(named):
        raise UnreadableFile(
            _("The first line must name the columns %s once each.") % ", ".join(kind.needed)
        )


def _separator(text: str, kind: TableKind) -> str:
    """Find what separates the columns: with what most headings of the first lines are known."""
    top = text.lstrip()[:5_000].splitlines()[:3]

    def known(mark: str) -> int:
        return sum(bool(kind.column_of(cell)) for line in top for cell in line.split(mark))

    return max(_SEPARATORS, key=known)


def _cell(cells: list[str], place: int) -> str:
    return plain_cell(cells[place]) if place < len(cells) else ""
