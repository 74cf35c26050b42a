"""The mirror's DynamoDB backend, on one boto3 client per process."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from speaktracker.persistence.base import Backend, ChangeRefused, StoreUnavailable, Write
from speaktracker.persistence.dynamodb import error_translation
from speaktracker.persistence.dynamodb.schema import compare_keys
from speaktracker.persistence.dynamodb.table_condition import table_troubles
from speaktracker.persistence.dynamodb.table_setup import TableSetup
from speaktracker.persistence.records import Key
from speaktracker.persistence.tables import TABLES, Attributes, NotOurs, Table, Value

CONNECT_SECONDS = 1
READ_SECONDS = 3
_READ_LIMIT = 100
_READ_ATTEMPTS = 8  # rounds of keys that BatchGetItem leaves unprocessed


@dataclass(frozen=True, slots=True)
class DynamoDBConfig:
    """Where the tables are and how they are called; `stack` is what their names begin with.

    An empty region or endpoint leaves the choice to boto3's chain. `connections` is how many calls
    may run at once, `attempts` how often boto3 tries each.
    """

    stack: str
    region: str = ""
    endpoint: str = ""
    connections: int = 4
    attempts: int = 4


class DynamoDB(Backend):
    """Keeps the mirror in DynamoDB; the client is thread-safe and takes half a second to make."""

    def __init__(self, config: DynamoDBConfig) -> None:
        self._config = config
        with self._translated_errors(""):
            self._client: Any = boto3.session.Session().client(
                "dynamodb",
                region_name=config.region or None,
                endpoint_url=config.endpoint or None,
                config=Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": config.attempts},
                    max_pool_connections=config.connections,
                    tcp_keepalive=True,
                    # `write_request` makes nothing but texts; to look at each again would take
                    # half of what a batch takes.
                    parameter_validation=False,
                ),
            )

    def ensure_tables(self) -> Iterator[str]:
        for table in TABLES:
            with self._translated_errors(table.name) as name:
                yield from TableSetup(self._client, name, table).ensure()

    def check(self, table: Table[Any]) -> None:
        with self._translated_errors(table.name) as name:
            found = self._client.describe_table(TableName=name)["Table"]
            compare_keys(name, table, found)

    def troubles(self, table: Table[Any]) -> Iterator[str]:
        """Yield a sentence for each thing to mend at `table`; raises as the others do.

        It writes nothing, but asks for the right to.
        """
        with self._translated_errors(table.name) as name:
            yield from table_troubles(self._client, name, table)

    def write(self, writes: Sequence[Write]) -> list[Write]:
        table = writes[0].table
        try:
            requests = [write_request(write) for write in writes]
        except Exception as error:
            # A record that is not what its table describes; the others need not wait for it.
            raise ChangeRefused(f"{type(error).__name__}: {error}") from error
        with self._translated_errors(table.name, writing=True) as name:
            answer = self._client.batch_write_item(RequestItems={name: requests})
        undone = answer.get("UnprocessedItems", {}).get(name, ())
        if not undone:
            return []
        left = {requested_key(table, request) for request in undone}
        return [write for write in writes if write.key in left]

    def read(self, table: Table[Any], keys: Collection[Key]) -> dict[Key, Attributes]:
        wanted = [_key_item(table, key) for key in dict.fromkeys(keys)]
        found: dict[Key, Attributes] = {}
        for start in range(0, len(wanted), _READ_LIMIT):
            items = self.read_page(table, wanted[start : start + _READ_LIMIT])
            found.update((_key_of(table, item), item) for item in items)
        return found

    def read_page(self, table: Table[Any], keys: list[dict[str, Any]]) -> Iterator[Attributes]:
        """Read the items of at most a hundred keys, as BatchGetItem takes them.

        Raises StoreUnavailable where the store leaves some unprocessed for several seconds.
        """
        for attempt in range(_READ_ATTEMPTS):
            with self._translated_errors(table.name) as name:
                answer = self._client.batch_get_item(
                    RequestItems={name: {"Keys": keys, "ConsistentRead": True}}
                )
            yield from map(attributes_of, answer["Responses"].get(name, ()))
            keys = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
            if not keys:
                return
            time.sleep(0.05 * 2**attempt)
        raise StoreUnavailable(f"DynamoDB throttles reads of {name}: try again later.")

    def scan(self, table: Table[Any]) -> Iterator[dict[Key, Attributes]]:
        with self._translated_errors(table.name) as name:
            pages = self._client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
            for page in pages:
                items = [attributes_of(item) for item in page["Items"]]
                yield {_key_of(table, item): item for item in items}

    def find_by_address(self, table: Table[Any], address: str) -> Iterator[Key]:
        queries: list[tuple[str, dict[str, str]]] = [(table.keys[0], {})]
        queries += [(index.keys[0], {"IndexName": index.name}) for index in table.indexes]
        for attribute, options in queries:
            if not attribute.endswith("_email"):
                continue
            condition = {
                "KeyConditionExpression": "#address = :address",
                "ExpressionAttributeNames": {"#address": attribute},
                "ExpressionAttributeValues": {":address": {"S": address}},
            }
            with self._translated_errors(table.name) as name:
                pages = self._client.get_paginator("query")
                for page in pages.paginate(TableName=name, **options, **condition):
                    yield from (_key_of(table, attributes_of(item)) for item in page["Items"])

    @contextmanager
    def _translated_errors(self, suffix: str, *, writing: bool = False) -> Iterator[str]:
        """Give the whole name of a table; boto3's errors in the block are about it."""
        name = f"{self._config.stack}-{suffix}"
        try:
            yield name
        except error_translation.ERRORS as error:
            endpoint = self._config.endpoint
            raise error_translation.translated(error, name, endpoint, writing=writing) from error


def configured_region() -> str:
    """Find the region that boto3's own chain knows, or an empty string."""
    try:
        return boto3.session.Session().region_name or ""
    except BotoCoreError:
        return ""  # such as a profile that is not there, which the relay will name


def write_request(write: Write) -> dict[str, Any]:
    """Make a write's part of BatchWriteItem; raises what a record raises that fits no item."""
    if write.record is None:
        return {"DeleteRequest": {"Key": _key_item(write.table, write.key)}}
    item: dict[str, dict[str, str]] = {}
    for name, value in write.table.item(write.record).items():
        if isinstance(value, str):
            value.encode()  # half a surrogate pair would pass JSON, and fail in the store
            item[name] = {"S": value}
        else:
            item[name] = {"N": format(value, "f")}
    return {"PutRequest": {"Item": item}}


def requested_key(table: Table[Any], request: dict[str, Any]) -> Key:
    """Read the key back that a part of BatchWriteItem puts or deletes."""
    put = request.get("PutRequest")
    typed = put["Item"] if put else request["DeleteRequest"]["Key"]
    return tuple(typed[name]["S"] for name in table.keys)


def attributes_of(item: dict[str, dict[str, Any]]) -> dict[str, Value]:
    """Read an item; a type the mirror never writes is shown by name, so that it differs."""
    attributes: dict[str, Value] = {}
    for name, typed in item.items():
        ((kind, value),) = typed.items()
        shown = value if kind == "S" else NotOurs(f"{kind} {value}")
        attributes[name] = Decimal(value) if kind == "N" else shown
    return attributes


def _key_item(table: Table[Any], key: Key) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in zip(table.keys, key, strict=True)}


def _key_of(table: Table[Any], item: Attributes) -> Key:
    return tuple(str(item[name]) for name in table.keys)
