"""The roster as a CSV file: columns student_email and tutor_email, UTF-8 with or without a mark."""

import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _

COLUMNS = ("student_email", "tutor_email")
MOST_BYTES = 1_000_000
MOST_ROWS = 10_000

# A spreadsheet program runs a cell that begins with one of these; the apostrophe makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One row of the file with the line it ends on, counted from 1."""

    line: int
    student: str
    tutor: str


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text says why and what to do."""


def safe_cell(text: str) -> str:
    """Mark `text` as text where a spreadsheet program would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain_cell(text: str) -> str:
    """Undo `safe_cell`, and trim."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def read_rows(data: bytes) -> list[RosterRow]:
    """Read the rows of a CSV file; blank lines do not count. Raises UnreadableFile."""
    if len(data) > MOST_BYTES:
        raise UnreadableFile(_("The file is larger than 1 MB. Split it into smaller ones."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(_("The file is not UTF-8 text. Save it as “CSV UTF-8”.")) from None
    try:
        rows = _rows_of(text)
    except csv.Error as error:
        raise UnreadableFile(_("The file is not a CSV file: %s.") % error) from None
    if not rows:
        raise UnreadableFile(_("The file has no rows below its header."))
    if len(rows) > MOST_ROWS:
        raise UnreadableFile(_("The file has more than 10,000 rows. Split it into smaller ones."))
    return rows


def _rows_of(text: str) -> list[RosterRow]:
    first_line = text.partition("\n")[0]
    # Spreadsheet programs of some countries separate with semicolons or tabs.
    delimiter = next((mark for mark in ",;\t" if mark in first_line), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = [cell.strip().lower() for cell in next(reader, [])]
    missing = [column for column in COLUMNS if header.count(column) != 1]
    if missing:
        raise UnreadableFile(
            _("The first line must name the columns student_email and tutor_email once each.")
        )
    student, tutor = (header.index(column) for column in COLUMNS)
    return [
        RosterRow(reader.line_num, _cell(cells, student), _cell(cells, tutor))
        for cells in reader
        if any(cell.strip() for cell in cells)
    ]


def _cell(cells: list[str], position: int) -> str:
    return plain_cell(cells[position]) if position < len(cells) else ""
