"""Encrypted feedback reads as before, whoever asks; what cannot be read spoils nothing else."""

from dataclasses import replace

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.test import Client

from feedback import store
from feedback.models import Feedback
from feedback.replay_source import messages_after, undelivered_of
from feedback.validation import Draft
from speaktracker.field_encryption.ciphertext import DamagedText, MovedText, UnreadableText
from speaktracker.field_encryption.encrypted_text import AtRest
from speaktracker.roster.models import User
from tests.api.conftest import Gave, SignedIn
from tests.field_encryption.conftest import UseKeys

LISTS = ["/api/tutor/feedback", "/api/student/feedback"]
UNREADABLE = "This feedback cannot be read."


@pytest.fixture(autouse=True)
def _encrypted(use_keys: UseKeys, db: None) -> None:
    use_keys("new", "old")


def at_rest(row: Feedback, column: str = "message") -> str:
    """Read a column past the model."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM feedback_feedback WHERE id = %s", [row.pk])
        found: str = cursor.fetchone()[0]
    return found


def overwrite(row: Feedback, stored: str, column: str = "message") -> Feedback:
    """Write a column past the model, and read the row anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE feedback_feedback SET {column} = %s WHERE id = %s",
            [stored, row.pk],
        )
    return Feedback.objects.get(pk=row.pk)


def test_every_text_is_encrypted_and_nothing_is_made_of_it(
    signed_in: SignedIn, student: User, tutor: User
) -> None:
    url = "https://localhost/secret-speech.mp3"
    stored = store.store(tutor.pk, Draft(student.email, "s", "a secret", "tts", url), "once").row
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM feedback_feedback")
        (row,) = cursor.fetchall()
    assert not [cell for cell in row if "secret" in str(cell)]
    assert (stored.message, stored.request_digest) == ("a secret", "")
    (listed,) = signed_in(student).get(LISTS[1]).json()["results"]
    assert (listed["message"], listed["audio_url"]) == ("a secret", url)


def test_a_key_used_again_is_compared_with_what_is_stored(student: User, tutor: User) -> None:
    draft = Draft(student.email, "s", "well said", "text", client_timestamp="then")
    first = store.store(tutor.pk, draft, "once").row
    again = store.store(tutor.pk, replace(draft, client_timestamp="now"), "once")
    assert (again.row.pk, again.repeated) == (first.pk, True)
    for change in ({"message": "said well"}, {"session_id": "t"}, {"speak": True}):
        with pytest.raises(store.KeyReused):
            store.store(tutor.pk, replace(draft, **change), "once")


def test_plain_rows_of_before_read_beside_encrypted_ones(
    use_keys: UseKeys, signed_in: SignedIn, tutor: User, student: User, gave: Gave
) -> None:
    use_keys()
    gave(tutor, student)
    use_keys("new")
    gave(tutor, student)
    listed = signed_in(tutor).get(LISTS[0]).json()["results"]
    assert [entry["message"] for entry in listed] == ["number 1", "number 0"]


def damage(row: Feedback, _other: Feedback) -> Feedback:
    return overwrite(row, at_rest(row)[:-6] + "AAAAA=")


def bare(row: Feedback, _other: Feedback) -> Feedback:
    return overwrite(row, "put here by hand")


def moved(row: Feedback, other: Feedback) -> Feedback:
    return overwrite(row, at_rest(other))


def another_student(row: Feedback, other: Feedback) -> Feedback:
    other.student.feedback_received.all().delete()
    return overwrite(row, str(other.student_id), "student_id")


SPOILT = [(damage, DamagedText), (bare, DamagedText), (moved, MovedText)]


@pytest.mark.parametrize(("spoil", "error"), [*SPOILT, (another_student, MovedText)])
def test_what_is_damaged_and_what_is_moved_are_told_apart(
    tutor: User, student: User, other_student: User, gave: Gave, spoil: object, error: type
) -> None:
    (row,), (other,) = gave(tutor, student), gave(tutor, other_student)
    with pytest.raises(UnreadableText) as refused:
        _ = spoil(row, other).message  # type: ignore[operator]
    assert refused.type is error


@pytest.mark.parametrize("path", LISTS)
def test_a_list_shows_the_others_and_a_sentence_for_what_cannot_be_read(
    signed_in: SignedIn, tutor: User, student: User, gave: Gave, path: str
) -> None:
    rows = gave(tutor, student, 3)
    damage(rows[1], rows[0])
    answer = signed_in(tutor if "tutor" in path else student).get(path)
    assert answer.status_code == 200
    shown = [entry["message"] for entry in answer.json()["results"]]
    assert shown == ["number 2", UNREADABLE, "number 0"]


def test_what_cannot_be_read_is_delivered_once_it_can(
    tutor: User, student: User, gave: Gave
) -> None:
    rows = gave(tutor, student, 3)
    whole = at_rest(rows[1])
    damage(rows[1], rows[0])
    assert [one.sequence for one in messages_after(student.pk, 0)] == [1, 3]
    overwrite(rows[1], whole)
    assert [one.sequence for one in undelivered_of([(student.pk, True)])[0]] == [1, 2, 3]


def test_staff_see_why_and_search_as_before(
    client: Client, tutor: User, student: User, gave: Gave
) -> None:
    rows = gave(tutor, student, 2)
    moved(rows[0], rows[1])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(User.objects.create_superuser("head@example.com", "x"))
    page = client.get("/admin/feedback/feedback/", {"q": "student@example.com"}).content.decode()
    assert "number 1" in page
    assert "it was encrypted for another record" in page
    one = client.get(f"/admin/feedback/feedback/{rows[0].pk}/change/")
    assert "it was encrypted for another record" in one.content.decode()


def test_no_query_reads_writes_or_looks_for_the_text(
    tutor: User, student: User, gave: Gave
) -> None:
    (row,) = gave(tutor, student)
    assert isinstance(Feedback.objects.values_list("message", flat=True).get(), AtRest)
    assert Feedback.objects.only("pk").get().message == "number 0"
    with pytest.raises(TypeError):
        Feedback.objects.update(message="plain")
    row.message = "plain"
    with pytest.raises(TypeError):
        Feedback.objects.bulk_update([row], ["message"])
    for lookup in ("message", "message__icontains", "audio_url__startswith"):
        with pytest.raises(FieldError):
            Feedback.objects.filter(**{lookup: "number"})


def test_the_longest_texts_fit(tutor: User, student: User) -> None:
    url = "https://localhost/" + "a" * (2_000 - len("https://localhost/"))
    draft = Draft(student.email, "s", "힣" * 2_000, "tts", url)
    row = Feedback.objects.get(pk=store.store(tutor.pk, draft).row.pk)
    assert (row.message, row.audio_url) == (draft.message, url)
