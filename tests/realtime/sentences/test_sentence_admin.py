"""Sentence lists in the admin: by form, from a file, copied, given, previewed and deleted."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from realtime.models import SentenceAssignment, SentenceList
from realtime.sentences.models import school_day
from speaktracker.roster.models import User
from tests.realtime.sentences.conftest import MakeList, give, texts_of

LISTS = "/admin/realtime/sentencelist/"
IMPORT = f"{LISTS}import/"
ADDRESS = "https://localhost/a.mp3"


def form_of(rows: list[dict[str, Any]], initial: int = 0, **more: Any) -> dict[str, Any]:
    """Fill the form of a list; rows have position, text, translation, audio_url, id, DELETE."""
    form: dict[str, Any] = {"title": "Unit 1", "language": "en"}
    for prefix, total, known in (("sentences", len(rows), initial), ("assignments-2", 1, 0)):
        form |= {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": known}
    form |= {"assignments-TOTAL_FORMS": 0, "assignments-INITIAL_FORMS": 0}
    empty = {"given_to": "", "group": "", "student": "", "last_day": ""}
    day = {"first_day": school_day(), "initial-first_day": school_day()}
    for name, value in {**empty, **day}.items():
        form[f"assignments-2-0-{name}".replace("0-initial-", "0-")] = value
    form["initial-assignments-2-0-first_day"] = school_day()
    for number, row in enumerate(rows):
        form |= {f"sentences-{number}-{name}": value for name, value in row.items()}
    return form | more


def row(text: str, position: Any = "", **more: Any) -> dict[str, Any]:
    return {"position": position, "text": text, "translation": f"{text} 번역", **more}


def rows_of(made: SentenceList) -> Iterator[dict[str, Any]]:
    for one in made.sentences.order_by("position"):
        yield row(one.text, one.position, id=one.pk, sentence_list=made.pk)


def errors_in(answer: Any) -> str:
    assert answer.status_code == 200
    return html.unescape(" ".join(re.findall(r'class="errorlist.*?</ul>', answer.text, re.DOTALL)))


def test_a_list_is_made_by_a_form_in_the_order_of_its_numbers(staff_page: Client) -> None:
    rows = [row("Last."), row("Second.", 2, audio_url=ADDRESS), row("  First.\u200b ", 1)]
    answer = staff_page.post(f"{LISTS}add/", form_of(rows))
    assert answer.status_code == 302, errors_in(answer)
    assert texts_of(SentenceList.objects.get(title="Unit 1")) == ["First.", "Second.", "Last."]


@pytest.mark.parametrize(
    ("moved", "to", "becomes"),
    [(0, 3, "BCAD"), (3, 1, "DABC"), (1, 3, "ACBD"), (2, 2, "ACBD"), (0, "", "BCDA")],
)
def test_a_sentence_stands_where_its_number_says(
    staff_page: Client, make_list: MakeList, moved: int, to: Any, becomes: str
) -> None:
    made = make_list("Unit 1", "A", "B", "C", "D")
    rows = list(rows_of(made))
    rows[moved]["position"] = to
    answer = staff_page.post(f"{LISTS}{made.pk}/change/", form_of(rows, len(rows)))
    assert answer.status_code == 302, errors_in(answer)
    assert "".join(texts_of(made)) == becomes
    assert list(made.sentences.values_list("position", flat=True)) == [1, 2, 3, 4]


def test_sentences_are_added_between_and_taken_out(staff_page: Client, make_list: MakeList) -> None:
    made = make_list("Unit 1", "A", "B", "C")
    rows = [*rows_of(made), row("N", 2)]
    rows[2]["DELETE"] = "on"
    answer = staff_page.post(f"{LISTS}{made.pk}/change/", form_of(rows, 3))
    assert answer.status_code == 302, errors_in(answer)
    assert texts_of(made) == ["A", "N", "B"]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (row("안녕하세요."), "nothing English"),
        (row("Hello.", audio_url="http://localhost/a.mp3"), "must start with https://"),
        (
            row("Hello.", audio_url="https://elsewhere.example/a"),
            "only be on these hosts: localhost",
        ),
        (row("GOOD MORNING."), "has this sentence already"),
        ({"text": "Hello."}, "required"),
        (row("Hello", id=10**6), "Somebody else has changed this list"),
    ],
)
def test_a_bad_sentence_is_refused_in_words(
    staff_page: Client, bad: dict[str, Any], why: str
) -> None:
    answer = staff_page.post(f"{LISTS}add/", form_of([row("Good morning."), bad]))
    assert why in errors_in(answer)
    assert not SentenceList.objects.exists()


def gave(client: Client, made: SentenceList, **to: Any) -> Any:
    given = {f"assignments-2-0-{name}": value for name, value in to.items()}
    form = form_of(list(rows_of(made)), made.sentences.count(), **given)
    return client.post(f"{LISTS}{made.pk}/change/", form)


def test_a_list_is_given_on_its_own_page(
    staff_page: Client, make_list: MakeList, student: User
) -> None:
    made = make_list("Unit 1")
    for to in ({"given_to": "everyone"}, {"given_to": "group", "group": " 3A "}):
        assert gave(staff_page, made, **to).status_code == 302
    assert gave(staff_page, made, given_to="student", student=student.pk).status_code == 302
    given = SentenceAssignment.objects.order_by("pk").values_list("given_to", "group", "student")
    assert list(given) == [
        ("everyone", "", None),
        ("group", "3A", None),
        ("student", "", student.pk),
    ]
    page = staff_page.get(f"{LISTS}{made.pk}/change/").text
    assert 'value="Hello. 번역"' in page
    assert "민수 &lt;student@example.com&gt;" in page


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ({"given_to": "group"}, "Which group?"),
        ({"given_to": "student"}, "Which student?"),
        ({"given_to": "everyone", "last_day": "2020-01-01"}, "end before it begins"),
    ],
)
def test_whom_a_list_is_given_to_is_asked_for(
    staff_page: Client, make_list: MakeList, to: dict[str, Any], why: str
) -> None:
    assert why in errors_in(gave(staff_page, make_list("Unit 1"), **to))


def test_the_list_of_lists_tells_how_many_sentences_and_who_has_them(
    staff_page: Client, make_list: MakeList, student: User
) -> None:
    made, other = make_list("Unit 1", "A", "B", "C"), make_list("Unit 2")
    give(made)
    for group in ("3A", "3B"):
        give(made, group=group)
    give(made, student=student)
    page = staff_page.get(LISTS).text
    cells = re.findall(r'field-(?:sentence_count|given_to_whom)">(.*?)<', page)
    assert cells == ["3", "everyone, 3A, 3B, 1 student", "2", "nobody"]
    found = {given: staff_page.get(LISTS, {"given": given}).context["cl"].result_list for given in
             ("everyone", "student", "group:3A", "nobody")}  # fmt: skip
    assert found == {"everyone": [made], "student": [made], "group:3A": [made], "nobody": [other]}
    assert staff_page.get(LISTS, {"q": "unit 2"}).context["cl"].result_list == [other]


def test_a_copy_has_the_sentences_and_is_given_to_nobody(
    staff_page: Client, make_list: MakeList
) -> None:
    made = make_list("Unit 1", "A", "B")
    give(made)
    for _ in range(2):
        staff_page.post(LISTS, {"action": "copy", "_selected_action": [made.pk]})
    copies = SentenceList.objects.exclude(pk=made.pk).order_by("pk")
    assert [copy.title for copy in copies] == ["Unit 1 (copy)", "Unit 1 (copy 2)"]
    assert [texts_of(copy) for copy in copies] == [["A", "B"]] * 2
    assert SentenceAssignment.objects.count() == 1


def test_a_list_is_shown_as_a_student_sees_it(staff_page: Client, make_list: MakeList) -> None:
    made = make_list("<Unit 1>", "A & B.")
    made.sentences.update(audio_url=ADDRESS)
    page = staff_page.get(f"{LISTS}{made.pk}/preview/").text
    assert "&lt;Unit 1&gt;</h1>" in page
    assert "A &amp; B.</span>" in page
    assert f'src="{ADDRESS}"' in page


def test_before_a_list_is_deleted_it_is_said_whom_that_concerns(
    staff_page: Client, make_list: MakeList, student: User
) -> None:
    made, other = make_list("Unit 1"), make_list("Unit 2")
    give(made, group="3A")
    give(made, student=student)
    one = staff_page.get(f"{LISTS}{made.pk}/delete/").text
    assert "given to 3A, 1 student" in one
    form = {"action": "delete_selected", "_selected_action": [made.pk, other.pk]}
    assert "given to nobody" in staff_page.post(LISTS, form).text
    staff_page.post(LISTS, {**form, "post": "yes"})
    assert not SentenceList.objects.exists()


def preview(client: Client, text: str, **more: str) -> Any:
    file = SimpleUploadedFile("sentences.csv", text.encode("cp949"))
    return client.post(IMPORT, {"title": "Unit 1", "language": "en", "file": file, **more})


def confirm(client: Client, page: Any, **more: str) -> Any:
    found = re.search(r'name="shown" value="([^"]+)"', page.text)
    assert found
    return client.post(IMPORT, {"shown": html.unescape(found[1]), **more})


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_an_import_is_previewed_confirmed_and_summed_up(staff_page: Client) -> None:
    page = preview(staff_page, "문장,번역\nHello.,안녕.\nBye.,잘 가.\n")
    assert "New: 2. Changed: 0. Removed: 0. Unchanged: 0. Bad rows: 0." in page.text
    assert not SentenceList.objects.exists()
    answer = confirm(staff_page, page)
    assert said(answer) == "“Unit 1”: 2 new, 0 changed, 0 removed, 0 unchanged, 0 left out."
    assert texts_of(SentenceList.objects.get()) == ["Hello.", "Bye."]
    assert LogEntry.objects.get().object_repr == "Unit 1"


def test_an_import_into_a_list_shows_what_changes(staff_page: Client, make_list: MakeList) -> None:
    made = make_list("Unit 1", "One.", "Two.", "Three.")
    page = preview(staff_page, "sentence,translation\nThree.,셋.\nOne.,One. 번역\nFour.,넷.\n")
    assert "New: 1. Changed: 1. Removed: 1. Unchanged: 1. Bad rows: 0." in page.text
    assert "<del>Three. 번역</del> 셋." in page.text
    assert "<li>Two.</li>" in page.text
    assert "The order changes." in page.text
    confirm(staff_page, page)
    assert texts_of(made) == ["Three.", "One.", "Four."]


def test_bad_rows_stop_an_import_unless_they_are_left_out(staff_page: Client) -> None:
    page = preview(staff_page, "sentence,translation\nHello.,안녕.\n안녕.,Hello.\n")
    assert '<th scope="row">3</th><td><code>안녕.</code></td>' in page.text
    assert "Nothing was imported" in said(confirm(staff_page, page))
    assert "1 left out" in said(confirm(staff_page, page, leave_out="on"))


def test_what_changed_since_the_preview_is_shown_again(
    staff_page: Client, make_list: MakeList
) -> None:
    page = preview(staff_page, "sentence,translation\nHello.,안녕.\n")
    make_list("Unit 1")
    answer = confirm(staff_page, page)
    assert "has changed since the preview" in said(answer)
    assert "1 new" in said(confirm(staff_page, answer)) or "Hello." in answer.text


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"title": ""}, "required"),
        ({"language": "ko"}, "in the other language"),
        ({"file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n")}, "must name the columns"),
    ],
)
def test_a_form_that_cannot_be_imported_says_why(
    staff_page: Client, make_list: MakeList, form: dict[str, Any], why: str
) -> None:
    make_list("Unit 1")
    assert why in errors_in(preview(staff_page, "sentence,translation\nHi.,안녕.\n", **form))


@pytest.mark.parametrize("shown", ["", "forged", "a:b:c"])
def test_a_forged_confirmation_is_refused(staff_page: Client, shown: str) -> None:
    answer = staff_page.post(IMPORT, {"shown": shown})
    assert (answer.status_code, answer.headers["Location"]) == (302, IMPORT)


def test_500_sentences_and_200_lists_take_no_more_queries_than_a_few(
    staff_page: Client, make_list: MakeList, student: User
) -> None:
    made = make_list("Unit 1", *(f"Sentence {number}." for number in range(500)))
    for number in range(60):
        give(make_list(f"List {number}"), group=f"group {number}")
    change = f"{LISTS}{made.pk}/change/"
    for url in (LISTS, change, f"{LISTS}{made.pk}/preview/", f"{LISTS}{made.pk}/delete/"):
        with CaptureQueriesContext(connection) as asked:
            assert staff_page.get(url).status_code == 200
        assert len(asked) <= 12, url
    rows = list(rows_of(made))
    rows[499]["position"] = 1
    with CaptureQueriesContext(connection) as asked:
        answer = staff_page.post(change, form_of(rows, 500))
    assert answer.status_code == 302, errors_in(answer)
    assert len(asked) <= 25
    assert texts_of(made)[:2] == ["Sentence 499.", "Sentence 0."]
