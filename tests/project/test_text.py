"""Text as people paste it: what is not seen makes no difference."""

import pytest

from speaktracker.text import normal_email, plain_line

ADDRESS = "kim@example.com"


@pytest.mark.parametrize(
    "pasted",
    [
        "kim@example.com\u200b",
        "\ufeffkim@example.com",
        "kim\u200d@exam\u00adple.com",
        " Kim@Example.COM \u00a0",
        "ｋｉｍ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "\u202akim@example.com\u202c",
        "\u2066kim@example.com\u2069\u3000",
        "kim@example.com\u3164",
        "kim\ufe0f@example.com\x00",
        "\x7fkim@example.com\ud800",
    ],
)
def test_an_address_is_what_is_seen_of_it(pasted: str) -> None:
    assert normal_email(pasted) == ADDRESS


@pytest.mark.parametrize("text", ["김 민수", "Zoë van der Berg", "é", "李 明"])
def test_a_name_that_is_seen_stays(text: str) -> None:
    assert plain_line(f"\u200b{text}\ufeff") == text
