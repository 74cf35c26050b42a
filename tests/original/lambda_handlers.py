"""A team's handlers of the original design: connect, status, feedback and disconnect, by boto3.

Nothing here knows of this product: where to post, and with which keys, is in the environment.
"""

import json
import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

database = boto3.resource("dynamodb")
connections = database.Table(f"{os.environ['STACK']}-websocket-connections")
feedback_messages = database.Table(f"{os.environ['STACK']}-feedback-messages")
practice_sessions = database.Table(f"{os.environ['STACK']}-practice-sessions")
gateway = boto3.client(
    "apigatewaymanagementapi",
    endpoint_url=os.environ["CONNECTIONS_URL"],
    aws_access_key_id=os.environ["CONNECTIONS_KEY_ID"],
    aws_secret_access_key=os.environ["CONNECTIONS_SECRET"],
)
Event = dict[str, Any]


def handler(event: Event, _context: Any) -> Event:
    """Serve every route of the API."""
    routes = {
        "$connect": connect,
        "$disconnect": disconnect,
        "status": status,
        "feedback": feedback,
    }
    context = event["requestContext"]
    counts = routes[context["routeKey"]](context["connectionId"], event)
    return {"statusCode": 200, "body": json.dumps(counts) if counts else ""}


def connect(connection_id: str, event: Event) -> None:
    """Keep who is connected."""
    person = event["queryStringParameters"]
    names = ("user_email", "user_type", "tutor_email")
    item = {name: person[name] for name in names if name in person}
    item |= {"connection_id": connection_id, "connected_at": iso_now(), "ttl": after(hours=24)}
    connections.put_item(Item=item)


def status(connection_id: str, event: Event) -> Event:
    """Keep what a student does, and show it to their tutor."""
    student, said = who(connection_id), json.loads(event["body"], parse_float=Decimal)
    shown = {name: said[name] for name in ("status", "current_sentence", "progress")}
    shown |= {"student_email": student["user_email"], "last_update": iso_now()}
    practice_sessions.put_item(
        Item={
            **shown,
            "session_id": said["session_id"],
            "tutor_email": student["tutor_email"],
            "started_at": iso_now(),
            "ttl": after(days=30),
        }
    )
    return to_tutor(student["tutor_email"], "update", shown)


def feedback(connection_id: str, event: Event) -> Event:
    """Keep a tutor's feedback and send it: to one student, or to all of the tutor's."""
    tutor, said = who(connection_id)["user_email"], json.loads(event["body"])
    frame = {**said, "from": tutor, "timestamp": iso_now()}
    if not (student := said.get("student_email")):
        return post(found("tutor_email", tutor), frame)
    feedback_messages.put_item(
        Item={
            "composite_key": f"{tutor}#{student}#{said['session_id']}",
            "timestamp": frame["timestamp"],
            "student_email": student,
            "tutor_email": tutor,
            "message_text": said["message"],
            "message_type": said["message_type"],
            "ttl": after(days=30),
        }
    )
    return post(found("user_email", student), frame)


def disconnect(connection_id: str, _event: Event) -> Event | None:
    """Forget a connection, and show a student's end to their tutor."""
    gone = connections.delete_item(Key={"connection_id": connection_id}, ReturnValues="ALL_OLD")
    person = gone.get("Attributes", {})
    if "tutor_email" not in person:
        return None
    left = {"student_email": person["user_email"]}
    return to_tutor(person["tutor_email"], "student_left", left)


def who(connection_id: str) -> Event:
    """Look a connection up."""
    item: Event = connections.get_item(Key={"connection_id": connection_id})["Item"]
    return item


def found(attribute: str, email: str) -> list[str]:
    """Find connections by one of the two indexes."""
    answer = connections.query(
        IndexName=f"{attribute}-index", KeyConditionExpression=Key(attribute).eq(email)
    )
    return [item["connection_id"] for item in answer["Items"]]


def to_tutor(tutor: str, action: str, data: Event) -> Event:
    """Send a change of a student to every dashboard of the tutor."""
    frame = {"type": "dashboard", "action": action, "target_tutor_email": tutor, "data": data}
    return post(found("user_email", tutor), frame)


def post(connection_ids: Iterable[str], frame: Event) -> Event:
    """Post to each connection, and forget each that is gone."""
    counts = {"sent": 0, "gone": 0}
    for connection_id in connection_ids:
        try:
            gateway.post_to_connection(
                ConnectionId=connection_id, Data=json.dumps(frame, default=float).encode()
            )
            counts["sent"] += 1
        except gateway.exceptions.GoneException:
            connections.delete_item(Key={"connection_id": connection_id})
            counts["gone"] += 1
    return counts


def iso_now() -> str:
    """Write the time as the wire has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def after(**length: float) -> int:
    """Say in epoch seconds when an item expires."""
    return int(time.time() + timedelta(**length).total_seconds())
