"""What a store answers when it says no, as one sentence that tells an operator what to do."""

from typing import Any

from speaktracker.persistence.base import (
    ChangeRefused,
    StoreMisconfigured,
    StoreUnavailable,
)

NO_REGION = "AWS_REGION is missing: set it to the region of the tables, such as ap-northeast-2."
NO_CREDENTIALS = (
    "No complete AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
    "give this machine a role."
)
UNREACHABLE = "{} cannot be reached: check DYNAMODB_ENDPOINT_URL, AWS_REGION and the network."
SILENT = "{} did not answer in time; the mirror tries again by itself."
STRANGE = "{} does not answer as DynamoDB does ({}): check DYNAMODB_ENDPOINT_URL."

_SETUP = {
    "ResourceNotFoundException": "The table {} is missing: run `manage.py create_tables`, then "
    "`manage.py mirror --rebuild`.",
    "AccessDeniedException": "The AWS credentials do not allow what the mirror does with {}: see "
    "docs/mirror.md for the actions to allow.",
    "UnrecognizedClientException": "AWS does not know the credentials: check AWS_ACCESS_KEY_ID.",
    "InvalidSignatureException": "AWS refuses the signature: check AWS_SECRET_ACCESS_KEY and this "
    "machine's clock.",
    "ExpiredTokenException": "The AWS credentials have run out: renew them.",
    "MissingAuthenticationToken": NO_CREDENTIALS,
}
_SETUP["InvalidClientTokenId"] = _SETUP["UnrecognizedClientException"]
_SETUP["MissingAuthenticationTokenException"] = NO_CREDENTIALS
_SETUP["ExpiredToken"] = _SETUP["ExpiredTokenException"]

_THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "LimitExceededException",
    }
)


def from_answer(table: str, answer: dict[str, Any], *, writing: bool) -> Exception:
    """Make the error for an answer that boto3 read as one, about the table named `table`."""
    code = str(answer.get("Error", {}).get("Code", ""))
    message = str(answer.get("Error", {}).get("Message", ""))
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _SETUP:
        return StoreMisconfigured(_SETUP[code].format(table))
    if code in _THROTTLES:
        return StoreUnavailable(f"DynamoDB throttles {table}; the mirror tries again by itself.")
    if code == "ValidationException" and writing:
        return _invalid(table, message)
    if code == "SerializationException" and writing:
        return ChangeRefused(message)
    if status >= 500:
        sentence = f"DynamoDB has trouble of its own ({code}); the mirror tries again by itself."
        return StoreUnavailable(sentence, maybe_done=True)
    return StoreUnavailable(f"DynamoDB refused what was asked of {table}: {code} {message}")


def _invalid(table: str, message: str) -> Exception:
    """Tell a table with other keys, where every change would fail, from a change of its own."""
    if "schema" in message:
        sentence = (
            f"The table {table} has other keys than the mirror's: run `manage.py create_tables`."
        )
        return StoreMisconfigured(sentence)
    return ChangeRefused(message)


def first_line(error: BaseException) -> str:
    """Cut an error to one short line."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:200]
