"""What a file of people, or of who teaches whom, may have: its columns, headings and words."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from speaktracker.roster.models import UserType
from speaktracker.text import normal_email, plain_line

LONGEST = {"name": 100, "group": 64}

_ADDRESS = ("", "이메일", "이메일주소", "메일", "메일주소")
_TEACHERS = ("튜터", "선생님", "선생", "교사", "강사")
# Headings as schools write them, without spaces and marks.
HEADINGS: dict[str, tuple[str, ...]] = {
    "email": (
        *("email", "emailaddress", "mail", "studentemail", "student"),
        *("전자우편", "전자메일", "아이디", "학생", *(f"학생{word}" for word in _ADDRESS[1:])),
        *_ADDRESS[1:],
    ),
    "name": ("name", "fullname", "studentname", "이름", "성명", "성함", "학생이름", "학생명"),
    "user_type": (
        *("usertype", "type", "role", "유형", "구분", "역할", "신분"),
        *("사용자유형", "사용자구분", "회원유형", "회원구분"),
    ),
    "tutor_email": (
        *("tutoremail", "tutor", "teacheremail", "teacher", "담임"),
        *(
            f"{h}{who}{word}"
            for h in ("", "담당", "담임")
            for who in _TEACHERS
            for word in _ADDRESS
        ),
        *(f"담임{word}" for word in _ADDRESS[1:]),
    ),
    "group": (
        *("group", "groupname", "class", "classname", "반", "그룹", "학급", "분반", "클래스"),
        *("반이름", "그룹이름", "소속반", "수업", "수업반"),
    ),
    "language": ("language", "lang", "언어", "사용언어", "선호언어", "안내언어"),
}
_COLUMNS = {heading: column for column, headings in HEADINGS.items() for heading in headings}

WORDS: dict[str, dict[str, str]] = {
    "user_type": {
        **dict.fromkeys(
            ("student", "students", "학생", "수강생", "학습자"), UserType.STUDENT.value
        ),
        **dict.fromkeys(("tutor", "tutors", "teacher", *_TEACHERS), UserType.TUTOR.value),
    },
    "language": {
        **dict.fromkeys(("ko", "kor", "kr", "kokr", "korean", "한국어", "한글", "국어"), "ko"),
        **dict.fromkeys(("en", "eng", "enus", "engb", "english", "영어"), "en"),
    },
}


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file: what its first column is called, what it needs, and whether it adds people.

    Whom a row is about stands in the column `email` inside, whatever the file calls it.
    """

    address: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    makes_people: bool

    def column_of(self, heading: str) -> str | None:
        """Name the column that a heading means; None where it means none of this kind."""
        column = _COLUMNS.get(heading_of(heading))
        column = self.address if column == "email" else column
        return column if column in self.columns else None


MAPPINGS = FileKind(
    "student_email",
    ("student_email", "tutor_email", "group"),
    ("student_email", "tutor_email"),
    makes_people=False,
)
PEOPLE = FileKind(
    "email",
    ("email", "name", "user_type", "tutor_email", "group", "language"),
    ("email",),
    makes_people=True,
)


def heading_of(text: str) -> str:
    """Write a heading as it is compared: what stands in brackets, spaces and marks left out."""
    return re.sub(r"\(.*?\)|\[.*?\]|[\W_]", "", plain_line(text).lower())


def value_of(column: str, text: str) -> str:
    """Read a cell of `column` as it is stored. Raises ValueError, whose text says what to write."""
    if column.endswith("email"):
        return normal_email(text)
    words = " ".join(plain_line(text).split())
    if column in WORDS and words:
        value = WORDS[column].get(heading_of(words))
        if value is None:
            wanted = _("Write student or tutor.") if column == "user_type" else _("Write ko or en.")
            raise ValueError(wanted)
        return value
    if len(words) > LONGEST.get(column, len(words)):
        raise ValueError(_("This is longer than %d characters.") % LONGEST[column])
    return words
