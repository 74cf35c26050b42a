"""Makes a table, or brings an existing one to its description, never harming what is there."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from speaktracker.persistence.base import StoreMisconfigured, StoreUnavailable
from speaktracker.persistence.dynamodb.schema import (
    compare_keys,
    definitions,
    index_description,
    index_names,
    index_throughput,
    is_ready,
    key_schema,
)
from speaktracker.persistence.tables import Table

_READY_SECONDS = 15 * 60  # AWS fills a new index of a large table in minutes


class TableSetup:
    """The set-up of one table, called `name` in DynamoDB, on boto3's `client`.

    Its generators yield a sentence for each thing done, and raise boto3's errors beside ours.
    """

    def __init__(self, client: Any, name: str, table: Table[Any]) -> None:
        self._client = client
        self._name = name
        self._table = table

    def ensure(self) -> Iterator[str]:
        """Make or complete the table; raises StoreMisconfigured where it must be another."""
        found = self._find()
        if found is None:
            yield from self.create()
        else:
            compare_keys(self._name, self._table, found)
            yield from self.add_indexes(found)
        yield from self.turn_ttl_on()

    def create(self) -> Iterator[str]:
        """Make the table and wait until it is ready."""
        indexes = [index_description(index) for index in self._table.indexes]
        # Somebody else may be making it now.
        with suppress(self._client.exceptions.ResourceInUseException):
            self._client.create_table(
                TableName=self._name,
                KeySchema=key_schema(self._table.keys),
                AttributeDefinitions=definitions(self._table),
                BillingMode="PAY_PER_REQUEST",
                **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
            )
        self._wait()
        yield f"Made the table {self._name}."

    def add_indexes(self, found: dict[str, Any]) -> Iterator[str]:
        """Add the indexes that `found`, the table as DescribeTable shows it, does not have."""
        existing = index_names(found)
        for index in self._table.indexes:
            if index.name in existing:
                continue
            # DynamoDB makes one index at a time, and only on a table at rest.
            self._wait()
            self._client.update_table(
                TableName=self._name,
                AttributeDefinitions=definitions(self._table),
                GlobalSecondaryIndexUpdates=[
                    {"Create": index_description(index) | index_throughput(found)}
                ],
            )
            if index.name not in index_names(self._wait()):
                # An emulator may take the request and do nothing.
                raise StoreUnavailable(
                    f"This endpoint did not add the index {index.name} to {self._name}: delete the "
                    "table and run `manage.py create_tables` again."
                )
            yield f"Added the index {index.name} to {self._name}."

    def turn_ttl_on(self) -> Iterator[str]:
        """Have items expire by the table's attribute, unless they do."""
        specification = {"Enabled": True, "AttributeName": self._table.ttl}
        try:
            if self.expires():
                return
            self._client.update_time_to_live(
                TableName=self._name, TimeToLiveSpecification=specification
            )
        except self._client.exceptions.ClientError as error:
            # Only emulators do not know the operation.
            if error.response["Error"]["Code"] != "UnknownOperationException":
                raise
            yield f"This endpoint cannot expire the items of {self._name}; DynamoDB itself can."
        else:
            yield f"Turned time to live on for {self._name}."

    def expires(self) -> bool:
        """Tell whether items expire; raises StoreMisconfigured where by another attribute."""
        answer = self._client.describe_time_to_live(TableName=self._name)
        found = answer["TimeToLiveDescription"]
        if found.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
            return False
        if found.get("AttributeName") != self._table.ttl:
            raise StoreMisconfigured(
                f"The table {self._name} expires items by {found.get('AttributeName')}, but must "
                f"by {self._table.ttl}: turn its time to live off and run `manage.py "
                "create_tables` again."
            )
        return True

    def _find(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.describe_table(TableName=self._name)["Table"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return found

    def _wait(self) -> dict[str, Any]:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            found = self._find()
            if found and is_ready(found):
                return found
            time.sleep(0.1)
        raise StoreUnavailable(
            f"The table {self._name} was not ready in time: run the command again later."
        )
