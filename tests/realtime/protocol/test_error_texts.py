"""What people read when something goes wrong."""

import pytest

from realtime.protocol.codes import ErrorCode
from realtime.protocol.error_texts import ENGLISH, KOREAN, text_of


def test_every_code_is_said_in_both_languages() -> None:
    assert set(KOREAN) == set(ENGLISH) == set(ErrorCode)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (ErrorCode.INVALID_CREDENTIALS, "사용자 정보를 확인할 수 없습니다"),
        (ErrorCode.RECIPIENT_OFFLINE, "메시지 전송에 실패했습니다"),
        (ErrorCode.IDLE_TIMEOUT, "연결이 30분 동안 활동이 없어 종료되었습니다"),
    ],
)
def test_korean_comes_first(code: ErrorCode, text: str) -> None:
    assert text_of(code) == text_of(code, "fr") == text


def test_the_idle_time_is_the_one_that_was_set() -> None:
    assert "after 0.5 minutes" in text_of(ErrorCode.IDLE_TIMEOUT, "en", minutes=0.5)
