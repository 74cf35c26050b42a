"""SPEC.md section 2: errors are localised, Korean first, English on request."""

from typing import Any

import pytest

from realtime.protocol.codes import ErrorCode
from realtime.protocol.error_texts import ENGLISH, KOREAN, text_of
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect

KOREAN_REFUSAL = "사용자 정보를 확인할 수 없습니다"
ENGLISH_REFUSAL = ENGLISH[ErrorCode.INVALID_CREDENTIALS]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, KOREAN_REFUSAL),
        ({"headers": {"Accept-Language": "en"}}, ENGLISH_REFUSAL),
        ({"headers": {"Accept-Language": "en-GB,en;q=0.9"}}, ENGLISH_REFUSAL),
        ({"headers": {"Accept-Language": "ko;q=0.5,en;q=0.9"}}, ENGLISH_REFUSAL),
        ({"headers": {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"}}, KOREAN_REFUSAL),
        ({"headers": {"Accept-Language": "fr,en;q=0.1"}}, ENGLISH_REFUSAL),
        ({"headers": {"Accept-Language": "fr"}}, KOREAN_REFUSAL),
        ({"headers": {"Accept-Language": ",;q=x,\u00ff"}}, KOREAN_REFUSAL),
        ({"lang": "en"}, ENGLISH_REFUSAL),
        ({"lang": "ko", "headers": {"Accept-Language": "en"}}, KOREAN_REFUSAL),
        ({"lang": "xx", "headers": {"Accept-Language": "en"}}, ENGLISH_REFUSAL),
    ],
)
async def test_a_refusal_is_told_in_the_readers_language(
    connect: Connect, asked: dict[str, Any], expected: str
) -> None:
    assert (await (await connect(**asked)).next())["message"] == expected


async def test_a_message_error_is_told_in_the_language_of_the_connection(
    connect: Connect, tutor: User
) -> None:
    socket = await connect(tutor, lang="en")
    error = await socket.ask({"type": "dance"}, "message_error")
    assert error["message"] == ENGLISH[ErrorCode.UNKNOWN_TYPE]


def test_every_code_has_its_words_in_both_languages() -> None:
    assert set(KOREAN) == set(ENGLISH) == set(ErrorCode)
    assert all(text_of(code, language).strip() for code in ErrorCode for language in ("ko", "en"))


def test_the_codes_of_the_contract_have_its_words() -> None:
    assert text_of(ErrorCode.RECIPIENT_OFFLINE) == "메시지 전송에 실패했습니다"
    assert text_of(ErrorCode.IDLE_TIMEOUT) == "연결이 30분 동안 활동이 없어 종료되었습니다"
