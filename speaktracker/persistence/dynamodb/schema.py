"""A table's description as DynamoDB's API has it, and whether an existing table fits it."""

from typing import Any

from speaktracker.persistence.base import StoreMisconfigured
from speaktracker.persistence.tables import Index, Table


def definitions(table: Table[Any]) -> list[dict[str, str]]:
    """Write AttributeDefinitions: every key attribute is a string."""
    return [{"AttributeName": name, "AttributeType": "S"} for name in table.key_attributes]


def key_schema(keys: tuple[str, ...]) -> list[dict[str, str]]:
    """Write a KeySchema: hash, then range where there is one."""
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds]


def index_description(index: Index) -> dict[str, Any]:
    """Write a global secondary index."""
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.keys),
        "Projection": {"ProjectionType": "ALL"},
    }


def index_names(found: dict[str, Any]) -> set[str]:
    """List the indexes of a table as DescribeTable shows it."""
    return {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", ())}


def index_throughput(found: dict[str, Any]) -> dict[str, Any]:
    """Give a new index what its table has, where somebody chose provisioned billing for that."""
    has = found.get("ProvisionedThroughput", {})
    units = {name: has.get(name, 0) for name in ("ReadCapacityUnits", "WriteCapacityUnits")}
    return {"ProvisionedThroughput": units} if all(units.values()) else {}


def is_ready(found: dict[str, Any]) -> bool:
    """Tell whether a table as DescribeTable shows it, with its indexes, may be used and changed."""
    indexes = found.get("GlobalSecondaryIndexes", ())
    states = [found["TableStatus"], *(index.get("IndexStatus", "ACTIVE") for index in indexes)]
    return all(state == "ACTIVE" for state in states)


def compare_keys(name: str, table: Table[Any], found: dict[str, Any]) -> None:
    """Raise StoreMisconfigured where keys or an index's projection differ from `table`'s.

    `found` is the table `name` as DescribeTable shows it; a missing index is no difference.
    """
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
