"""Sentences in whatever a spreadsheet program saves, and what an import would make of them."""

import pytest
from django.utils import translation
from pytest_django.fixtures import Settings

from realtime.models import SentenceList
from realtime.protocol.wire_limits import PRACTISED_LENGTH, SENTENCES_IN_LIST
from realtime.sentences.sentence_file import SentenceRow, read_sentences
from realtime.sentences.sentence_plan import SentencePlan, errors_of, plan_sentences
from realtime.sentences.services import carry_out
from speaktracker.roster.imports.spreadsheet import UnreadableFile
from tests.realtime.sentences.conftest import MakeList, texts_of

TEXT = "문장,번역,녹음\nHow are you?,잘 지내세요?,https://localhost/1.mp3\n"
READ = [SentenceRow(2, "How are you?", "잘 지내세요?", "https://localhost/1.mp3")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_is_read_as_it_was_saved(encoding: str, separator: str) -> None:
    data = TEXT.replace(",", separator).replace("\n", "\r\n").encode(encoding)
    assert read_sentences(data, "en") == READ


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("sentence,translation,audio_url", "en"),
        (" Text , Meaning ,Audio", "en"),
        ("영어,한국어,음성", "en"),
        ("\ufeffKorean,English,recording", "ko"),
    ],
)
def test_columns_may_be_called_as_people_call_them(header: str, language: str) -> None:
    rows = read_sentences(f"{header}\na,b,c\n".encode(), language)
    assert rows == [SentenceRow(2, "a", "b", "c")]


def test_columns_stand_in_any_order_and_the_recording_may_be_missing() -> None:
    rows = read_sentences("unit,뜻,문장\n1,안녕,\u200bHi   there \n,,\n".encode(), "en")
    assert rows == [SentenceRow(2, "Hi there", "안녕", "")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a,b\nc,d\n", "must name the columns sentence, translation"),
        (b"sentence,text,translation\na,b,c\n", "mean the same: sentence"),
        (b"sentence,translation\n", "has no rows"),
        (b"sentence,translation\n\xff\xff", "not text"),
        (b"sentence,translation\n" + b"a,b\n" * (SENTENCES_IN_LIST + 1), "more than 500"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, why: str) -> None:
    with translation.override("en"), pytest.raises(UnreadableFile, match=why):
        read_sentences(data, "en")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("", "안녕", ""), "비어"),
        (("Hello", "", ""), "비어"),
        (("안녕", "Hello", ""), "뒤바뀌지"),
        (("a" * (PRACTISED_LENGTH + 1), "안녕", ""), "300자"),
        (("Hello", "안녕", "http://localhost/a"), "https://"),
        (("Hello", "안녕", "https://elsewhere.example/a"), "audio.example.com"),
    ],
)
def test_a_bad_row_is_refused_in_words(
    settings: Settings, row: tuple[str, str, str], why: str
) -> None:
    settings.AUDIO_URL_HOSTS = ["audio.example.com"]
    errors = list(errors_of(SentenceRow(7, *row), "en"))
    assert [error.line for error in errors] == [7]
    assert why in errors[0].reason


def rows_of(*texts: str) -> list[SentenceRow]:
    return [SentenceRow(line, text, f"{text} 번역", "") for line, text in enumerate(texts, 2)]


def outcome(plan: SentencePlan) -> tuple[int, int, int, int]:
    counts = plan.counts()
    return counts["new"], counts["changed"], counts["gone"], counts["same"]


def test_a_second_import_changes_only_what_differs(make_list: MakeList) -> None:
    made = make_list("Unit 1", "One.", "Two.", "Three.")
    ids = dict(made.sentences.values_list("text", "pk"))
    rows = rows_of("Three.", "one.", "Four.")
    plan = plan_sentences("Unit 1", "en", rows)
    assert (outcome(plan), plan.is_reordered) == ((1, 1, 1, 1), True)
    assert carry_out(plan) == made
    assert texts_of(made) == ["Three.", "one.", "Four."]
    kept = dict(made.sentences.values_list("text", "pk"))
    assert (kept["Three."], kept["one."]) == (ids["Three."], ids["One."])
    again = plan_sentences("Unit 1", "en", rows)
    assert (outcome(again), again.has_changes) == ((0, 0, 0, 3), False)


def test_the_same_sentence_twice_is_one_mistake(db: None) -> None:
    plan = plan_sentences("New", "en", rows_of("Hello.", "HELLO."))
    assert [(error.line, error.reason) for error in plan.errors] == [
        (3, "2번째 줄에 같은 문장이 있습니다.")
    ]
    assert plan.bad_rows == 1


def test_a_new_list_is_made_of_the_good_rows(db: None) -> None:
    made = carry_out(plan_sentences("New", "en", rows_of("Hello.", "안녕", "Bye.")))
    assert SentenceList.objects.get() == made
    assert texts_of(made) == ["Hello.", "Bye."]


def test_a_confirmation_holds_for_what_was_shown_alone(make_list: MakeList) -> None:
    made = make_list("Unit 1", "One.")
    shown = plan_sentences("Unit 1", "en", rows_of("One.", "Two.")).fingerprint()
    made.sentences.update(translation="다른 번역")
    plan = plan_sentences("Unit 1", "en", rows_of("One.", "Two."))
    assert "바뀌었습니다" in plan.objection(shown, leave_out=False)
    assert plan.objection(plan.fingerprint(), leave_out=False) == ""
