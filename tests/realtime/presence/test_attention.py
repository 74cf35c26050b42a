"""SPEC.md section 11: who needs attention, held to the table that the page's script is held to."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from realtime.presence.attention import attention
from realtime.presence.circumstances import Circumstances, HelpCall, Since
from realtime.presence.class_rules import Practice, Student

TABLE = Path(__file__).parents[2] / "attention_cases.json"
CASES: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_first_reason_that_holds_counts(case: dict[str, Any]) -> None:
    last = case["student"].get("last_feedback")
    given = moment(last["timestamp"]) if last else None
    needs = attention(student_of(case["student"]), given, case["minutes"], now_of(case))
    assert needs == (case["reason"], moment(case["since"]))


def now_of(case: dict[str, Any]) -> datetime:
    """Read when a case is looked at."""
    return datetime.fromisoformat(case["now"])


def moment(text: str | None) -> datetime | None:
    """Read a time of the wire."""
    return datetime.fromisoformat(text) if text else None


def student_of(data: dict[str, Any]) -> Student:
    """Make of a dashboard's data the student that it shows."""
    asked = data["help"]
    call = (
        HelpCall("asked", now := datetime.fromisoformat(asked["asked_at"]), now) if asked else None
    )
    return Student(
        1,
        data["student_email"],
        "",
        online=data["online"],
        in_class=data["online"] and data["status"] != "finished",
        practice=Practice(data["status"]),
        since=Since(moment(data["status_since"]), moment(data["progress_since"])),
        circumstances=Circumstances(came_at=moment(data["came_at"]), help=call),
    )
