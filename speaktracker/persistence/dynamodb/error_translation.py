"""What a store answers when it says no, as one sentence that tells an operator what to do."""

from typing import Any

from botocore import exceptions

from speaktracker.persistence.base import (
    ChangeRefused,
    StoreMisconfigured,
    StoreUnavailable,
)
from speaktracker.persistence.dynamodb.aws_clock import clock_trouble

# What boto3 raises, an address that is none included.
ERRORS = (exceptions.ClientError, exceptions.BotoCoreError, ValueError)

NO_REGION = "AWS_REGION is missing: set it to the region of the tables, such as ap-northeast-2."
NO_CREDENTIALS = (
    "No complete AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
    "give this machine a role."
)
UNREACHABLE = "{} cannot be reached: check DYNAMODB_ENDPOINT_URL, AWS_REGION and the network."
SILENT = "{} did not answer in time; the mirror tries again by itself."
STRANGE = "{} does not answer as DynamoDB does ({}): check DYNAMODB_ENDPOINT_URL."
OTHER_KEYS = "The table {} has other keys than the mirror's: run `manage.py create_tables`."

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
_SETUP["RequestTimeTooSkewed"] = _SETUP["RequestExpired"] = _SETUP["InvalidSignatureException"]
_SETUP["SignatureDoesNotMatch"] = _SETUP["InvalidSignatureException"]
_SETUP["ExpiredToken"] = _SETUP["ExpiredTokenException"]

# What AWS answers to a signature of another time, among other things.
_OF_TIME = frozenset(
    {"InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired", "SignatureDoesNotMatch"}
)

_THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "LimitExceededException",
    }
)


def translated(error: Exception, table: str, endpoint: str, *, writing: bool) -> Exception:
    """Make our error for one of ERRORS, about the table of this whole name.

    An empty `endpoint` is AWS itself. `maybe_done` is set unless the store cannot have done it.
    """
    endpoint = endpoint or "the AWS endpoint of the region"
    match error:
        case exceptions.ClientError():
            return from_answer(table, error.response, writing=writing)
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            return StoreMisconfigured(NO_CREDENTIALS)
        case exceptions.NoRegionError():
            return StoreMisconfigured(NO_REGION)
        case (
            exceptions.EndpointConnectionError()
            | exceptions.ConnectTimeoutError()
            | exceptions.ProxyConnectionError()
        ):
            return StoreUnavailable(UNREACHABLE.format(endpoint))
        case exceptions.ParamValidationError():
            return ChangeRefused(first_line(error))
        case _:
            sentence = SILENT if isinstance(error, exceptions.ReadTimeoutError) else STRANGE
            return StoreUnavailable(sentence.format(endpoint, first_line(error)), maybe_done=True)


def from_answer(table: str, answer: dict[str, Any], *, writing: bool) -> Exception:
    """Make the error for an answer that boto3 read as one, about the table of this whole name.

    Only when `writing` is it ChangeRefused: what is read wrongly is no change that was refused.
    """
    code = str(answer.get("Error", {}).get("Code", ""))
    message = str(answer.get("Error", {}).get("Message", ""))
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    sentence = clock_trouble(answer) if code in _OF_TIME else ""
    if sentence or code in _SETUP:
        return StoreMisconfigured(sentence or _SETUP[code].format(table))
    if code in _THROTTLES:
        return StoreUnavailable(f"DynamoDB throttles {table}; the mirror tries again by itself.")
    if code == "ValidationException" and writing and "schema" in message:
        # Every change would fail: no change's own fault.
        return StoreMisconfigured(OTHER_KEYS.format(table))
    if code in ("ValidationException", "SerializationException") and writing:
        return ChangeRefused(message)
    if status >= 500:
        sentence = f"DynamoDB has trouble of its own ({code}); the mirror tries again by itself."
        return StoreUnavailable(sentence, maybe_done=True)
    return StoreUnavailable(f"DynamoDB refused what was asked of {table}: {code} {message}")


def first_line(error: BaseException) -> str:
    """Cut an error to its first line, at most 200 characters; its type where it says nothing."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:200]
