"""Each way that DynamoDB says no ends as a sentence that says what to do."""

from typing import Any

import pytest

from speaktracker.persistence.base import ChangeRefused, StoreMisconfigured, StoreUnavailable
from speaktracker.persistence.dynamodb import error_translation


def _error(code: str, message: str = "", status: int = 400, writing: bool = True) -> Any:
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return error_translation.from_answer("dev-feedback", answer, writing=writing)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("ResourceNotFoundException", "dev-feedback is missing: run `manage.py create_tables`"),
        ("AccessDeniedException", "do not allow what the mirror does with dev-feedback"),
        ("UnrecognizedClientException", "check AWS_ACCESS_KEY_ID"),
        ("InvalidSignatureException", "check AWS_SECRET_ACCESS_KEY"),
        ("ExpiredTokenException", "renew them"),
    ],
)
def test_a_wrong_setup_is_named(code: str, advice: str) -> None:
    error = _error(code)
    assert isinstance(error, StoreMisconfigured)
    assert advice in str(error)


@pytest.mark.parametrize("code", ["ThrottlingException", "RequestLimitExceeded"])
def test_throttling_leaves_no_doubt_that_nothing_was_done(code: str) -> None:
    error = _error(code)
    assert isinstance(error, StoreUnavailable)
    assert not error.maybe_done


def test_a_fault_of_the_store_may_have_been_carried_out() -> None:
    assert _error("InternalServerError", status=500).maybe_done


def test_an_invalid_item_is_refused_for_good() -> None:
    assert isinstance(_error("ValidationException", "Item size has exceeded"), ChangeRefused)


def test_a_table_with_other_keys_refuses_no_single_change() -> None:
    error = _error("ValidationException", "The provided key element does not match the schema")
    assert isinstance(error, StoreMisconfigured)


def test_what_is_asked_wrongly_when_reading_is_no_change_that_was_refused() -> None:
    error = _error("ValidationException", "no such index", writing=False)
    assert isinstance(error, StoreUnavailable)
    assert "no such index" in str(error)


def test_an_error_is_cut_to_its_first_line() -> None:
    assert error_translation.first_line(ValueError("one\ntwo")) == "one"
    assert error_translation.first_line(ValueError()) == "ValueError"
