"""The three tables, as the original's team made them: written from SPEC.md, not from our code."""

from typing import Any

from tests.original.sites import STACK, Cloud


def make_tables(cloud: Cloud) -> None:
    """Make the tables with their indexes, and turn expiry on."""
    _make(cloud, "websocket-connections", ["connection_id"], ["user_email"], ["tutor_email"])
    _make(
        cloud,
        "feedback-messages",
        ["composite_key", "timestamp"],
        ["student_email", "timestamp"],
    )
    _make(cloud, "practice-sessions", ["student_email", "session_id"])


def _make(cloud: Cloud, name: str, keys: list[str], *indexes: list[str]) -> None:
    wanted: dict[str, Any] = {"KeySchema": _schema(keys), "BillingMode": "PAY_PER_REQUEST"}
    if indexes:
        wanted["GlobalSecondaryIndexes"] = [
            {
                "IndexName": f"{index[0]}-index",
                "KeySchema": _schema(index),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in indexes
        ]
    attributes = {key for index in (keys, *indexes) for key in index}
    wanted["AttributeDefinitions"] = [
        {"AttributeName": key, "AttributeType": "S"} for key in sorted(attributes)
    ]
    table = cloud.tables.create_table(TableName=f"{STACK}-{name}", **wanted)
    table.meta.client.update_time_to_live(
        TableName=table.name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )


def _schema(keys: list[str]) -> list[dict[str, str]]:
    return [
        {"AttributeName": key, "KeyType": kind}
        for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]
