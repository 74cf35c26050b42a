"""Files as spreadsheet programs save them, Korea's above all: read without a database."""

import csv
import io
import unicodedata
from typing import Any

import pytest
from django.utils import translation

from speaktracker.roster.imports.file_kinds import MAPPINGS, PEOPLE, FileKind, value_of
from speaktracker.roster.imports.spreadsheet import UnreadableFile, read_table

KOREAN = ["이메일", "이름", "구분", "담당 튜터", "반", "언어"]
ROWS = [
    ["kim@school.kr", "김선생", "선생님", "", "", "한국어"],
    ["minsu@school.kr", "민수, 반장", "학생", "kim@school.kr", "3학년 1반", "영어"],
]
ENCODINGS = ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"]


def saved(rows: list[list[str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    """Save rows as Excel does: with CRLF, and quotes where they are needed."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_and_separator_is_read(encoding: str, separator: str) -> None:
    table = read_table(saved([KOREAN, *ROWS], separator, encoding), PEOPLE)
    assert table.columns == PEOPLE.columns
    assert [list(row.cells.values()) for row in table.rows] == ROWS
    assert [row.line for row in table.rows] == [2, 3]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        *(("E-mail", "email"), ("이메일 주소", "email"), ("\ufeff이메일(필수)", "email")),
        *(("학생 이메일", "email"), ("Name", "name"), ("성명", "name"), ("학생 이름", "name")),
        *(("user type", "user_type"), ("유형", "user_type"), ("역할", "user_type")),
        *(("Tutor e-mail", "tutor_email"), ("담당 튜터 이메일", "tutor_email")),
        *(("담임 선생님", "tutor_email"), ("튜터", "tutor_email"), ("TEACHER", "tutor_email")),
        *(("그룹", "group"), ("학급", "group"), ("Class", "group"), ("언어", "language")),
        *((unicodedata.normalize("NFD", "담당 교사"), "tutor_email"), ("번호", None), ("", None)),
    ],
)
def test_headings_are_known_in_both_languages(heading: str, column: str | None) -> None:
    assert PEOPLE.column_of(heading) == column


def test_the_order_of_columns_blank_lines_and_unknown_columns_do_not_matter() -> None:
    data = "sep=;\r\n\r\n번호;언어;이메일\r\n1;ko;a@b.kr\r\n;;\r\n3;en;c@d.kr\r\n".encode("cp949")
    table = read_table(data, PEOPLE)
    assert [(row.line, dict(row.cells)) for row in table.rows] == [
        (4, {"language": "ko", "email": "a@b.kr"}),
        (6, {"language": "en", "email": "c@d.kr"}),
    ]
    assert table.unused == ("번호",)


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("email", " Minsu\u200b＠School.kr\u00a0", "minsu@school.kr"),
        ("name", "\u3000김\u00a0민수\ufeff ", "김 민수"),
        ("name", unicodedata.normalize("NFD", "김민수"), "김민수"),
        ("group", "３Ａ\u200d", "3A"),
        *(("user_type", word, "tutor") for word in ("Tutor", "튜터", "선생님", "교사", "강사")),
        *(("user_type", word, "student") for word in ("STUDENT", "학생", " 학 생 ")),
        *(("language", word, "ko") for word in ("ko", "ko-KR", "한국어", "Korean")),
        *(("language", word, "en") for word in ("EN", "en_US", "영어", "English")),
        ("language", "\u200b", ""),
    ],
)
def test_a_cell_is_what_it_looks_like(column: str, cell: str, value: str) -> None:
    assert value_of(column, cell) == value


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        (PEOPLE, "이름,반\n민수,3A\n", "must name the columns email"),
        (PEOPLE, "email,이메일\na,b\n", "mean the same: email"),
        (MAPPINGS, "email\na\n", "student_email, tutor_email"),
        (PEOPLE, "email,name\n", "no rows"),
        (PEOPLE, b"\xd0\xcf\x11\xe0...", "workbook"),
        (PEOPLE, b"email\n\xff\xff", "not text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(kind: FileKind, data: Any, reason: str) -> None:
    with translation.override("en"), pytest.raises(UnreadableFile, match=reason):
        read_table(data.encode() if isinstance(data, str) else data, kind)
