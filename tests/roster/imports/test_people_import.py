"""`manage.py import_people`: who is added, changed and mapped, and that repeating it is safe."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from speaktracker.roster.models import RosterChange, TutorStudent, User
from tests.roster.conftest import Announced, Does, Import, Mapped, Person, everybody
from tests.roster.imports.test_spreadsheets import KOREAN, ROWS, saved

HEADER = "email,name,user_type,tutor_email,group,language\n"
FILE = HEADER + (
    "minsu@school.kr,민수,student,kim@school.kr,3A,ko\n"
    "jiwoo@school.kr,지우,student,kim@school.kr,3B,\n"
    "kim@school.kr,김선생,tutor,,,ko\n"
)
SAME = "Nothing changes"


@pytest.mark.parametrize(
    ("separator", "encoding"), [(",", "cp949"), (";", "cp949"), ("\t", "utf-16"), (",", "utf-8")]
)
def test_a_file_saved_in_korea_makes_people_and_mappings(
    import_people: Import, separator: str, encoding: str
) -> None:
    assert "2 new people" in import_people(saved([KOREAN, *ROWS], separator, encoding))
    assert everybody() == {
        "kim@school.kr": ["김선생", "tutor", "ko", None, None],
        "minsu@school.kr": ["민수, 반장", "student", "en", "kim@school.kr", "3학년 1반"],
    }
    assert not any(person.has_usable_password() for person in User.objects.all())


def test_a_repeated_import_changes_nothing_and_says_so(import_people: Import) -> None:
    import_people(FILE)
    before, log = everybody(), RosterChange.objects.count()
    said = import_people(FILE)
    assert SAME in said
    assert (everybody(), RosterChange.objects.count()) == (before, log)


def test_only_what_differs_is_changed_and_an_empty_cell_leaves_what_is_there(
    import_people: Import, announced: Announced, does: Does
) -> None:
    import_people(FILE)
    does(lambda: import_people("email,반,이름\nMINSU@school.kr,,김민수\njiwoo@school.kr,3A,\n"))
    assert everybody()["minsu@school.kr"] == ["김민수", "student", "ko", "kim@school.kr", "3A"]
    assert everybody()["jiwoo@school.kr"] == ["지우", "student", "", "kim@school.kr", "3A"]
    minsu, jiwoo = (User.objects.get(email=f"{who}@school.kr").pk for who in ("minsu", "jiwoo"))
    assert announced.signals == [("people", [minsu]), ("mapping", [jiwoo])]


def test_a_dry_run_says_what_would_change_and_writes_nothing(import_people: Import) -> None:
    said = import_people(FILE, "--dry-run")
    assert "2: minsu@school.kr: new: 민수, student, kim@school.kr, 3A, 한국어" in said
    assert "dry run" in said
    assert not User.objects.exists()


def test_one_bad_row_stops_all_unless_it_is_left_out(import_people: Import) -> None:
    bad = f"{FILE}nobody,x,student,,,\n"
    assert "5: nobody: Enter a valid email address." in import_people(bad)
    assert not User.objects.exists()
    assert "3 new people, 0 changed, 0 unchanged, 1 left out" in import_people(bad, "--leave-out")


@pytest.mark.parametrize(
    ("row", "value", "reason"),
    [
        (",x,student,,,", "–", "email is empty."),
        ("a#b@c.kr,x,student,,,", "a#b@c.kr", "must not contain #"),
        ("minsu@school.kr,x,,,,", "minsu@school.kr", "Line 2 has this person already."),
        ("new@c.kr,x,,,,", "–", "Say of somebody new whether student or tutor"),
        ("new@c.kr,x,pupil,,,", "pupil", "Write student or tutor."),
        ("new@c.kr,x,student,,,fr", "fr", "Write ko or en."),
        (f"new@c.kr,{'x' * 101},student,,,", "x" * 101, "longer than 100 characters"),
        (f"new@c.kr,x,student,kim@school.kr,{'x' * 65},", "x" * 65, "longer than 64"),
        ("new@c.kr,x,student,no@c.kr,,", "no@c.kr", "Nobody has this address."),
        ("new@c.kr,x,student,minsu@school.kr,,", "minsu@school.kr", "is not a tutor"),
        ("new@c.kr,x,student,off@c.kr,,", "off@c.kr", "is switched off"),
        ("new@c.kr,x,student,,3A,", "3A", "name the tutor, too"),
        ("new@c.kr,x,tutor,kim@school.kr,,", "kim@school.kr", "Only students have a tutor."),
        ("old@c.kr,x,tutor,,,", "old@c.kr", "the type stays as it is"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_reason(
    import_people: Import, mapped: Mapped, tutor: Person, row: str, value: str, reason: str
) -> None:
    mapped("old@c.kr")
    tutor("off@c.kr", is_active=False)
    said = import_people(f"{FILE}\n{row}\n", "--dry-run")
    assert f"6: {value}: " in said
    assert reason in said
    assert said.count("\n6: ") + said.startswith("6: ") == 1


def test_a_tutor_whose_own_row_is_bad_takes_the_students_out_too(import_people: Import) -> None:
    said = import_people(FILE.replace("김선생", "x" * 101), "--leave-out")
    assert "2: kim@school.kr: Line 4, which adds this tutor, is wrong." in said
    assert not User.objects.exists()


def test_whoever_has_a_tutor_is_a_student(import_people: Import) -> None:
    import_people("email,user_type,tutor_email\nkim@a.kr,tutor,\nminsu@a.kr,,kim@a.kr\n")
    assert everybody()["minsu@a.kr"][1] == "student"


def test_a_type_is_corrected_as_long_as_nothing_refers_to_the_person(import_people: Import) -> None:
    import_people("email,user_type\nkim@a.kr,student\n")
    assert "1 changed" in import_people("email,user_type\nkim@a.kr,tutor\n")
    assert everybody()["kim@a.kr"][1] == "tutor"


def test_two_hundred_people_do_not_cost_a_query_each(
    import_people: Import, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [f"s{n}@school.kr,학생 {n},student,t{n % 20}@school.kr,3A,ko\n" for n in range(200)]
    rows += [f"t{n}@school.kr,튜터 {n},tutor,,,\n" for n in range(20)]
    with django_assert_max_num_queries(25):
        import_people(HEADER + "".join(rows))
    assert TutorStudent.objects.count() == 200
    moved = [row.replace("3A", "4B").replace("학생", "새") for row in rows]
    with django_assert_max_num_queries(20):
        import_people(HEADER + "".join(moved))


names = st.text(max_size=12)
words = st.sampled_from(["", "student", "학생", "튜터", "선생님"])
rows = st.lists(
    st.tuples(
        st.sampled_from([f"p{n}@school.kr" for n in range(6)]),
        names,
        words,
        st.sampled_from(["", *(f"p{n}@school.kr" for n in range(6))]),
        st.sampled_from(["", "3A", " ３Ａ", "3B"]),
        st.sampled_from(["", "ko", "영어"]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[0],
)


@given(first=rows, second=rows)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_importing_twice_changes_nothing(
    import_people: Import, first: list[tuple[str, ...]], second: list[tuple[str, ...]]
) -> None:
    User.objects.all().delete()
    import_people(saved([PEOPLE_HEADER, *map(list, first)]), "--leave-out")
    data = saved([PEOPLE_HEADER, *map(list, second)])
    import_people(data, "--leave-out")
    before = everybody()
    assert "Imported" not in import_people(data, "--leave-out")
    assert everybody() == before


PEOPLE_HEADER = HEADER.strip().split(",")


@pytest.mark.soak
def test_ten_thousand_people_are_imported_and_nothing_changes_then(import_people: Import) -> None:
    rows = [
        f"s{n}@school.kr,학생 {n},student,t{n % 500}@school.kr,반 {n % 400},ko\n"
        for n in range(9_500)
    ]
    data = HEADER + "".join(rows) + "".join(f"t{n}@school.kr,튜터,tutor,,,\n" for n in range(500))
    assert "Imported: 10000 new people" in import_people(data)
    assert SAME in import_people(data)
    assert "9500 changed" in import_people(data.replace("반 ", "새 반 "))
