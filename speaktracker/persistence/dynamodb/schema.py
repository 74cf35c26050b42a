"""How a table is made, and how an existing one is brought to its description, never harmed."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from speaktracker.persistence.base import StoreMisconfigured, StoreUnavailable
from speaktracker.persistence.tables import Index, Table

# The client is boto3's for DynamoDB; only dynamodb.py imports it.
_READY_SECONDS = 15 * 60  # AWS fills a new index of a large table in minutes


def ensure(client: Any, name: str, table: Table[Any]) -> Iterator[str]:
    """Make or complete the table `name`; yields a sentence for each thing done."""
    found = _find(client, name)
    if found is None:
        yield from _create(client, name, table)
    else:
        compare_keys(name, table, found)
        yield from _add_indexes(client, name, table, found)
    yield from _turn_ttl_on(client, name, table)


def compare_keys(name: str, table: Table[Any], found: dict[str, Any]) -> None:
    """Raise StoreMisconfigured where the keys of the table or of an index are others."""
    types = {
        entry["AttributeName"]: entry["AttributeType"] for entry in found["AttributeDefinitions"]
    }
    _compare(f"The table {name}", table.keys, found["KeySchema"], types)
    existing = {index["IndexName"]: index for index in found.get("GlobalSecondaryIndexes", ())}
    for index in table.indexes:
        if index.name in existing:
            there = existing[index.name]
            _compare(f"The index {index.name} of {name}", index.keys, there["KeySchema"], types)
            projection = there["Projection"]["ProjectionType"]
            if projection != "ALL":
                raise StoreMisconfigured(
                    f"The index {index.name} of {name} projects {projection}, but must project "
                    "ALL: delete it and run `manage.py create_tables` again."
                )


def _compare(
    what: str, wanted: tuple[str, ...], found: list[dict[str, str]], types: dict[str, str]
) -> None:
    has = [(entry["AttributeName"], entry["KeyType"]) for entry in found]
    wants = list(zip(wanted, ("HASH", "RANGE"), strict=False))
    strings = all(types.get(key) == "S" for key in wanted)
    if has != wants or not strings:
        shown = ", ".join(f"{key} ({types.get(key)}, {kind})" for key, kind in has)
        needed = ", ".join(f"{key} (S, {kind})" for key, kind in wants)
        raise StoreMisconfigured(
            f"{what} has the keys {shown}, but must have {needed}: delete it, or set another STACK."
        )


def _find(client: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = client.describe_table(TableName=name)["Table"]
    except client.exceptions.ResourceNotFoundException:
        return None
    return found


def _create(client: Any, name: str, table: Table[Any]) -> Iterator[str]:
    indexes = {"GlobalSecondaryIndexes": [_index(index) for index in table.indexes]}
    with suppress(client.exceptions.ResourceInUseException):  # somebody else is making it now
        client.create_table(
            TableName=name,
            KeySchema=_key_schema(table.keys),
            AttributeDefinitions=_definitions(table),
            BillingMode="PAY_PER_REQUEST",
            **(indexes if table.indexes else {}),
        )
    _wait(client, name)
    yield f"Made the table {name}."


def _add_indexes(client: Any, name: str, table: Table[Any], found: dict[str, Any]) -> Iterator[str]:
    existing = _index_names(found)
    for index in table.indexes:
        if index.name not in existing:
            # DynamoDB makes one index at a time, and only on a table at rest.
            _wait(client, name)
            client.update_table(
                TableName=name,
                AttributeDefinitions=_definitions(table),
                GlobalSecondaryIndexUpdates=[{"Create": _index(index) | _throughput(found)}],
            )
            found_now = _wait(client, name)
            if index.name not in _index_names(found_now):
                # An emulator may take the request and do nothing.
                raise StoreUnavailable(
                    f"This endpoint did not add the index {index.name} to {name}: delete the "
                    "table and run `manage.py create_tables` again."
                )
            yield f"Added the index {index.name} to {name}."


def _index_names(found: dict[str, Any]) -> set[str]:
    return {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", ())}


def _throughput(found: dict[str, Any]) -> dict[str, Any]:
    """Give a new index what its table has, where somebody chose provisioned billing for that."""
    has = found.get("ProvisionedThroughput", {})
    units = {name: has.get(name, 0) for name in ("ReadCapacityUnits", "WriteCapacityUnits")}
    return {"ProvisionedThroughput": units} if all(units.values()) else {}


def _turn_ttl_on(client: Any, name: str, table: Table[Any]) -> Iterator[str]:
    specification = {"Enabled": True, "AttributeName": table.ttl}
    try:
        if _expires(client, name, table):
            return
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    except client.exceptions.ClientError as error:
        # Only emulators do not know the operation.
        if error.response["Error"]["Code"] != "UnknownOperationException":
            raise
        yield f"This endpoint cannot expire the items of {name}; DynamoDB itself can."
    else:
        yield f"Turned time to live on for {name}."


def _expires(client: Any, name: str, table: Table[Any]) -> bool:
    found = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if found.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        return False
    if found.get("AttributeName") != table.ttl:
        raise StoreMisconfigured(
            f"The table {name} expires items by {found.get('AttributeName')}, but must by "
            f"{table.ttl}: turn its time to live off and run `manage.py create_tables` again."
        )
    return True


def _wait(client: Any, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        found = _find(client, name)
        if found and _is_ready(found):
            return found
        time.sleep(0.1)
    raise StoreUnavailable(f"The table {name} was not ready in time: run the command again later.")


def _is_ready(found: dict[str, Any]) -> bool:
    indexes = found.get("GlobalSecondaryIndexes", ())
    states = [found["TableStatus"], *(index.get("IndexStatus", "ACTIVE") for index in indexes)]
    return all(state == "ACTIVE" for state in states)


def _definitions(table: Table[Any]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in table.key_attributes]


def _key_schema(keys: tuple[str, ...]) -> list[dict[str, str]]:
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds]


def _index(index: Index) -> dict[str, Any]:
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.keys),
        "Projection": {"ProjectionType": "ALL"},
    }
