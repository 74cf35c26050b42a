"""The mirror's DynamoDB backend, on one boto3 client per process."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import boto3
from botocore import exceptions
from botocore.config import Config

from speaktracker.persistence.base import (
    Backend,
    ChangeRefused,
    StoreMisconfigured,
    StoreUnavailable,
    Write,
)
from speaktracker.persistence.dynamodb import error_translation, schema
from speaktracker.persistence.records import Key
from speaktracker.persistence.tables import Attributes, Table, Value

CONNECT_SECONDS = 1
READ_SECONDS = 3
_READ_LIMIT = 100
_PATIENCE = 8  # rounds of keys that BatchGetItem leaves unprocessed


@dataclass(frozen=True, slots=True)
class Place:
    """Where the tables are; an empty region or endpoint leaves the choice to boto3's chain."""

    stack: str
    region: str = ""
    endpoint: str = ""
    connections: int = 4
    attempts: int = 4


class DynamoDB(Backend):
    """Keeps the mirror in DynamoDB; the client is thread-safe and takes half a second to make."""

    def __init__(self, place: Place) -> None:
        self._place = place
        with self._plain_errors(""):
            self._client: Any = boto3.session.Session().client(
                "dynamodb",
                region_name=place.region or None,
                endpoint_url=place.endpoint or None,
                config=Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": place.attempts},
                    max_pool_connections=place.connections,
                    tcp_keepalive=True,
                ),
            )

    def ensure_tables(self) -> Iterator[str]:
        from speaktracker.persistence.tables import TABLES

        for table in TABLES:
            name = self._name(table)
            with self._plain_errors(name):
                yield from schema.ensure(self._client, name, table)

    def check(self, table: Table[Any]) -> None:
        name = self._name(table)
        with self._plain_errors(name):
            found = self._client.describe_table(TableName=name)["Table"]
            schema.compare_keys(name, table, found)

    def write(self, writes: Sequence[Write]) -> list[Write]:
        name = self._name(writes[0].table)
        try:
            requests = [_request(write) for write in writes]
        except Exception as error:
            # A record that is not what its table describes; the others need not wait for it.
            raise ChangeRefused(f"{type(error).__name__}: {error}") from error
        with self._plain_errors(name, writing=True):
            answer = self._client.batch_write_item(RequestItems={name: requests})
        left = {
            _requested_key(writes[0].table, request)
            for request in answer.get("UnprocessedItems", {}).get(name, ())
        }
        return [write for write in writes if write.key in left]

    def read(self, table: Table[Any], keys: Collection[Key]) -> dict[Key, Attributes]:
        wanted = [_key(table, key) for key in keys]
        found: dict[Key, Attributes] = {}
        for start in range(0, len(wanted), _READ_LIMIT):
            for item in self._read(table, wanted[start : start + _READ_LIMIT]):
                found[_key_of(table, item)] = item
        return found

    def scan(self, table: Table[Any]) -> Iterator[dict[Key, Attributes]]:
        name = self._name(table)
        with self._plain_errors(name):
            pages = self._client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
            for page in pages:
                items = [_attributes(item) for item in page["Items"]]
                yield {_key_of(table, item): item for item in items}

    def _read(self, table: Table[Any], keys: list[dict[str, Any]]) -> Iterator[Attributes]:
        name = self._name(table)
        for attempt in range(_PATIENCE):
            with self._plain_errors(name):
                answer = self._client.batch_get_item(
                    RequestItems={name: {"Keys": keys, "ConsistentRead": True}}
                )
            yield from map(_attributes, answer["Responses"].get(name, ()))
            keys = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
            if not keys:
                return
            time.sleep(0.05 * 2**attempt)
        raise StoreUnavailable(f"DynamoDB throttles reads of {name}: try again later.")

    def _name(self, table: Table[Any]) -> str:
        return f"{self._place.stack}-{table.name}"

    @contextmanager
    def _plain_errors(self, name: str, *, writing: bool = False) -> Iterator[None]:
        """Turn boto3's errors about the table `name` into a sentence each."""
        endpoint = self._place.endpoint or "the AWS endpoint of the region"
        try:
            yield
        except exceptions.ClientError as error:
            raise error_translation.from_answer(name, error.response, writing=writing) from error
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
            raise StoreMisconfigured(error_translation.NO_CREDENTIALS) from error
        except exceptions.NoRegionError as error:
            raise StoreMisconfigured(error_translation.NO_REGION) from error
        except (
            exceptions.EndpointConnectionError,
            exceptions.ConnectTimeoutError,
            exceptions.ProxyConnectionError,
        ) as error:
            raise StoreUnavailable(error_translation.UNREACHABLE.format(endpoint)) from error
        except exceptions.ParamValidationError as error:
            raise ChangeRefused(error_translation.first_line(error)) from error
        except exceptions.ReadTimeoutError as error:
            raise StoreUnavailable(
                error_translation.SILENT.format(endpoint), maybe_done=True
            ) from error
        except (exceptions.BotoCoreError, exceptions.HTTPClientError, ValueError) as error:
            sentence = error_translation.STRANGE.format(
                endpoint, error_translation.first_line(error)
            )
            raise StoreUnavailable(sentence, maybe_done=True) from error


def _wire(value: Value) -> dict[str, str]:
    if isinstance(value, str):
        value.encode()  # half a surrogate pair would pass JSON, and fail in the store
        return {"S": value}
    return {"N": format(value, "f")}


def _attributes(item: dict[str, dict[str, Any]]) -> dict[str, Value]:
    return {name: _plain(*typed.popitem()) for name, typed in item.items()}


def _plain(kind: str, value: Any) -> Value:
    """Read a wire value; a type the mirror never writes is shown by name, so that it differs."""
    if kind == "N":
        return Decimal(value)
    return value if kind == "S" else f"{kind} {value}"


def _key(table: Table[Any], key: Key) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in zip(table.keys, key, strict=True)}


def _key_of(table: Table[Any], item: Attributes) -> Key:
    return tuple(str(item[name]) for name in table.keys)


def _request(write: Write) -> dict[str, Any]:
    if write.record is None:
        return {"DeleteRequest": {"Key": _key(write.table, write.key)}}
    item = write.table.item(write.record)
    return {"PutRequest": {"Item": {name: _wire(value) for name, value in item.items()}}}


def _requested_key(table: Table[Any], request: dict[str, Any]) -> Key:
    put = request.get("PutRequest")
    typed = put["Item"] if put else request["DeleteRequest"]["Key"]
    return tuple(typed[name]["S"] for name in table.keys)


def configured_region() -> str:
    """Find the region that boto3's own chain knows, or an empty string."""
    try:
        return boto3.session.Session().region_name or ""
    except exceptions.BotoCoreError:
        return ""  # such as a profile that is not there, which the relay will name
