"""The tables, read with boto3 alone."""

from datetime import timedelta
from typing import Any

import pytest

from speaktracker.persistence.base import StoreMisconfigured
from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK, SESSIONS
from tests.persistence import shelf
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import Mirror

KEYS = {
    "websocket-connections": [("connection_id", "HASH")],
    "feedback-messages": [("composite_key", "HASH"), ("timestamp", "RANGE")],
    "practice-sessions": [("student_email", "HASH"), ("session_id", "RANGE")],
}
INDEXES = {
    "websocket-connections": {
        "user_email-index": [("user_email", "HASH")],
        "tutor_email-index": [("tutor_email", "HASH")],
    },
    "feedback-messages": {
        "student_email-index": [("student_email", "HASH"), ("timestamp", "RANGE")]
    },
    "practice-sessions": {},
}


def _schema(described: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["AttributeName"], entry["KeyType"]) for entry in described["KeySchema"]]


@pytest.mark.parametrize("suffix", list(KEYS))
def test_a_table_has_exactly_its_keys_and_indexes(aws: Any, each_engine: str, suffix: str) -> None:
    mirror = Mirror(aws)
    mirror.make_tables()
    found = aws.describe_table(TableName=f"{mirror.name(CONNECTIONS)[:13]}-{suffix}")["Table"]
    indexes = found.get("GlobalSecondaryIndexes", [])
    assert _schema(found) == KEYS[suffix]
    assert {index["IndexName"]: _schema(index) for index in indexes} == INDEXES[suffix]
    assert all(index["Projection"]["ProjectionType"] == "ALL" for index in indexes)
    assert {entry["AttributeType"] for entry in found["AttributeDefinitions"]} == {"S"}
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("table", [CONNECTIONS, FEEDBACK, SESSIONS], ids=lambda t: t.name)
def test_items_expire_by_their_ttl(aws: Any, table: Any) -> None:
    mirror = Mirror(aws)
    mirror.make_tables()
    found = aws.describe_time_to_live(TableName=mirror.name(table))["TimeToLiveDescription"]
    assert (found["TimeToLiveStatus"], found["AttributeName"]) == ("ENABLED", "ttl")


def test_making_tables_again_changes_nothing(aws: Any) -> None:
    mirror = Mirror(aws)
    assert len(mirror.make_tables()) == 6
    assert mirror.make_tables() == []


def test_a_missing_index_is_added_with_its_tables_throughput(aws: Any) -> None:
    mirror = Mirror(aws)
    aws.create_table(
        TableName=mirror.name(CONNECTIONS),
        KeySchema=[{"AttributeName": "connection_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "connection_id", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    mirror.make_tables()
    found = aws.describe_table(TableName=mirror.name(CONNECTIONS))["Table"]
    names = {index["IndexName"] for index in found["GlobalSecondaryIndexes"]}
    assert names == {"user_email-index", "tutor_email-index"}


def test_a_missing_index_is_added_to_a_table_on_demand(aws: Any) -> None:
    mirror = Mirror(aws)
    aws.create_table(
        TableName=mirror.name(CONNECTIONS),
        KeySchema=[{"AttributeName": "connection_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "connection_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert sum("Added the index" in sentence for sentence in mirror.make_tables()) == 2


def test_a_table_with_other_keys_is_refused_and_the_difference_named(
    aws: Any, each_engine: str
) -> None:
    mirror = Mirror(aws)
    aws.create_table(
        TableName=mirror.name(CONNECTIONS),
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(StoreMisconfigured, match=r"id \(N, HASH\).*connection_id \(S, HASH\)"):
        mirror.make_tables()


async def test_a_connection_is_an_item_of_exactly_this_shape(
    mirror: Mirror, each_engine: str, relaying: Relaying
) -> None:
    record = shelf.a_connection()
    await mirror.put(CONNECTIONS, record)
    async with relaying():
        await mirror.is_drained()
    assert await mirror.items(CONNECTIONS) == [
        {
            "connection_id": {"S": "L0SM9cOFvHcCIhw="},
            "user_email": {"S": "student@example.com"},
            "tutor_email": {"S": "tutor@example.com"},
            "user_type": {"S": "student"},
            "connected_at": {"S": _wire(record.connected_at)},
            "ttl": {"N": str(int((record.connected_at + timedelta(hours=24)).timestamp()))},
            "mirrored_by": {"S": "speaktracker"},
        }
    ]


async def test_feedback_is_an_item_of_exactly_this_shape(
    mirror: Mirror, each_engine: str, relaying: Relaying
) -> None:
    text = shelf.a_feedback()
    speech = shelf.a_feedback(
        session_id="a#b", message_type="tts", audio_url="https://localhost/a.mp3"
    )
    await mirror.put(FEEDBACK, text, speech)
    async with relaying():
        await mirror.is_drained()
    item = {
        "composite_key": {"S": "tutor@example.com#student@example.com#session_123"},
        "timestamp": {"S": _wire(text.timestamp)},
        "student_email": {"S": "student@example.com"},
        "tutor_email": {"S": "tutor@example.com"},
        "message_text": {"S": "발음이 좋아졌어요"},
        "message_type": {"S": "text"},
        "ttl": {"N": str(int((text.timestamp + timedelta(days=30)).timestamp()))},
        "message_id": {"S": text.message_id},
        "mirrored_by": {"S": "speaktracker"},
    }
    spoken = item | {
        "composite_key": {"S": "tutor@example.com#student@example.com#a#b"},
        "message_type": {"S": "tts"},
        "audio_url": {"S": "https://localhost/a.mp3"},
    }
    found = await mirror.items(FEEDBACK)
    assert sorted(found, key=str) == sorted([item, spoken], key=str)


async def test_a_session_is_an_item_of_exactly_this_shape(
    mirror: Mirror, each_engine: str, relaying: Relaying
) -> None:
    record = shelf.a_session(sentence="", ended_at=shelf.NOON)
    await mirror.put(SESSIONS, record)
    async with relaying():
        await mirror.is_drained()
    (item,) = await mirror.items(SESSIONS)
    assert item["current_sentence"] == {"S": ""}
    assert item["progress"] == {"N": "45.5"}
    assert item["ended_at"] == item["started_at"] == {"S": _wire(shelf.NOON)}
    assert item.keys() == set(SESSIONS.attributes)


async def test_each_index_finds_what_it_should(
    mirror: Mirror, each_engine: str, relaying: Relaying
) -> None:
    await mirror.put(
        CONNECTIONS, shelf.a_connection("one"), shelf.a_connection("two", user_email="b@c.de")
    )
    later = shelf.NOON + timedelta(milliseconds=1)
    await mirror.put(FEEDBACK, shelf.a_feedback("2nd", timestamp=later), shelf.a_feedback("1st"))
    async with relaying():
        await mirror.is_drained()
    assert _found(mirror, CONNECTIONS, "user_email", "b@c.de") == ["two"]
    assert sorted(_found(mirror, CONNECTIONS, "tutor_email", "tutor@example.com")) == ["one", "two"]
    assert _found(mirror, FEEDBACK, "student_email", "student@example.com") == ["1st", "2nd"]


def _found(mirror: Mirror, table: Any, attribute: str, value: str) -> list[str]:
    answer = mirror.client.query(
        TableName=mirror.name(table),
        IndexName=f"{attribute}-index",
        KeyConditionExpression=f"{attribute} = :value",
        ExpressionAttributeValues={":value": {"S": value}},
    )
    shown = "connection_id" if table is CONNECTIONS else "message_text"
    return [item[shown]["S"] for item in answer["Items"]]


def _wire(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
