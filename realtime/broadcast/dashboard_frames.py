"""What dashboards are sent, written once by the publisher and forwarded as text."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET

from realtime.presence.circumstances import Circumstances, HelpCall
from realtime.presence.class_rules import Action, Practice, Student
from realtime.protocol.field_types import LeaveReason
from realtime.protocol.server_messages import (
    HelpData,
    LastFeedback,
    StudentData,
    StudentsData,
    StudentsFrame,
    encode,
)
from realtime.protocol.wire_limits import SNAPSHOT_STUDENTS_PER_FRAME
from speaktracker.clock import wire

# A part also stays well below the largest frame that daphne's own limit lets out (1 MiB).
SNAPSHOT_BYTES = 400_000
WIRE_LENGTH = len("2026-01-14T10:30:00.000Z")
_CAME_AT = '"came_at":"'
_encode_json = msgspec.json.encode


def student_data(student: Student, reason: LeaveReason | None = None) -> StudentData:
    """Show one student as the wire does."""
    practice, circumstances = student.practice, student.circumstances
    progress = practice.progress
    return StudentData(
        student_email=student.email,
        status=practice.status,
        current_sentence=practice.current_sentence,
        progress=int(progress) if progress == int(progress) else progress,
        last_update=wire(practice.last_update) if practice.last_update else None,
        student_name=student.name,
        session_id=practice.session_id,
        online=student.online,
        version=student.version,
        status_since=_wire(student.since.status),
        progress_since=_wire(student.since.progress),
        came_at=_wire(circumstances.came_at) or UNSET,
        help=_help_data(circumstances.help),
        group=circumstances.group,
        skipped=practice.skipped,
        reason=reason or UNSET,
    )


@lru_cache(maxsize=16_384)
def _wire(moment: datetime | None) -> str | None:
    # The same moment stands in every update of a student until something changes.
    return wire(moment) if moment else None


def _help_data(call: HelpCall | None) -> HelpData | None:
    if call is None or not call.is_open:
        return None
    return HelpData(wire(call.asked_at), call.note, _wire(call.seen_at))


def student_json(student: Student, reason: LeaveReason | None = None) -> str:
    """Write the `data` of a student's frame, as `student_data` shows it."""
    practice, since = student.practice, student.since
    staying = staying_json(student.email, student.name, since.status, student.circumstances)
    moving = moving_json(practice, student.version, since.progress, student.online, reason)
    return f"{staying}{moving}"


def moving_json(
    practice: Practice,
    version: int,
    progress_since: datetime | None,
    online: bool = True,
    reason: LeaveReason | None = None,
) -> str:
    """Write what each status may change: the second half of `student_json`."""
    # Put together by hand: a struct of these fields costs three times as much, for each status.
    progress, at, status = practice.progress, practice.last_update, practice.status
    word = f'"{status}"' if status else "null"
    last_update = f'"{wire(at)}"' if at else "null"
    since = last_update
    if progress_since is not at:
        since = f'"{_wire(progress_since)}"' if progress_since else "null"
    if type(progress) is not int and progress == int(progress):
        progress = int(progress)
    skipped = f',"skipped":{practice.skipped}' if practice.skipped else ""
    why = f',"reason":"{reason}"' if reason else ""
    return (
        f'"status":{word},'
        f'"current_sentence":{_encode_json(practice.current_sentence).decode()},'
        f'"progress":{progress},"last_update":{last_update},'
        f'"session_id":{_encode_json(practice.session_id).decode()},'
        f'"online":{"true" if online else "false"},"version":{version},'
        f'"progress_since":{since}{skipped}{why}}}'
    )


@lru_cache(maxsize=16_384)
def staying_json(
    email: str, name: str, status_since: datetime | None, circumstances: Circumstances
) -> str:
    """Write what stays from status to status, once: the first half of `student_json`."""
    fields = {
        "student_email": email,
        "student_name": name,
        "status_since": _wire(status_since),
        **({"came_at": _wire(came_at)} if (came_at := circumstances.came_at) else {}),
        "help": _help_data(circumstances.help),
        "group": circumstances.group,
    }
    return f"{_encode_json(fields).decode()[:-1]},"


def with_last_feedback(data: str, last: LastFeedback | None) -> str:
    """Add to one student's data what they were given last, as a snapshot shows it.

    When they came into class is left out where that was before: a big class is sent in one frame.
    """
    came_at = data.find(_CAME_AT)  # no string has it, in which quotes are escaped
    if last and came_at >= 0 and last.timestamp >= data[came_at + len(_CAME_AT) :][:WIRE_LENGTH]:
        data = data[:came_at] + data[came_at + len(_CAME_AT) + WIRE_LENGTH + len('",') :]
    return f'{data[:-1]},"last_feedback":{_encode_json(last).decode()}}}'


@lru_cache(maxsize=4096)
def head(tutor_email: str, action: Action) -> str:
    """Write a student frame up to its data; `head + data + "}"` is the frame."""
    address = _encode_json(tutor_email).decode()
    return f'{{"type":"dashboard","action":"{action}","target_tutor_email":{address},"data":'


def data_of(event: Mapping[str, Any]) -> str:
    """Cut the data out of the frame of a published event."""
    text: str = event["text"]
    return text[event["data_at"] : -1]


def text_as(action: Action, event: Mapping[str, Any], tutor_email: str) -> str:
    """Write an event as another `action` than its own, where a dashboard missed a transition."""
    data = data_of(event)
    if action == "student_left":
        data = f'{data[:-1]},"reason":"finished"}}'
    return f"{head(tutor_email, action)}{data}}}"


def updates(tutor_email: str, data: Sequence[str]) -> str:
    """Write several students' data as one `updates` frame, and one student's as an `update`."""
    if len(data) == 1:
        return f"{head(tutor_email, 'update')}{data[0]}}}"
    address = _encode_json(tutor_email).decode()
    return (
        f'{{"type":"dashboard","action":"updates","target_tutor_email":{address},'
        f'"data":{{"students":[{",".join(data)}]}}}}'
    )


def snapshot(tutor_email: str, data: Sequence[str], generated_at: str) -> list[str]:
    """Write `broadcast_all` of students' data, in parts of at most 500 students or 400 kB."""
    parts = parts_of(data)
    numbered = len(parts) > 1
    return [
        encode(
            StudentsFrame(
                action="broadcast_all",
                target_tutor_email=tutor_email,
                data=StudentsData(
                    students=[msgspec.Raw(item.encode()) for item in part],
                    generated_at=generated_at,
                ),
                part=number if numbered else UNSET,
                parts=len(parts) if numbered else UNSET,
            )
        )
        for number, part in enumerate(parts, 1)
    ]


def parts_of(items: Sequence[str]) -> list[list[str]]:
    """Divide students' data so that each part fits one frame; at least one part, in order."""
    parts: list[list[str]] = [[]]
    size = 0
    for item in items:
        full = len(parts[-1]) == SNAPSHOT_STUDENTS_PER_FRAME
        if full or (parts[-1] and size + len(item.encode()) > SNAPSHOT_BYTES):
            parts.append([])
            size = 0
        parts[-1].append(item)
        size += len(item.encode())
    return parts
