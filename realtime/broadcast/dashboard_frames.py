"""What dashboards are sent, written once by the publisher and forwarded as text."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from msgspec import UNSET

from realtime.presence.class_rules import Action, Student
from realtime.protocol.field_types import LeaveReason
from realtime.protocol.server_messages import StudentData, StudentsData, StudentsFrame, encode
from realtime.protocol.wire_limits import SNAPSHOT_STUDENTS_PER_FRAME
from speaktracker.clock import wire

# A part also stays well below the largest frame that daphne's own limit lets out (1 MiB).
SNAPSHOT_BYTES = 400_000
_encode_json = msgspec.json.encode


def student_data(student: Student, reason: LeaveReason | None = None) -> StudentData:
    """Show one student as the wire does."""
    practice = student.practice
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
        reason=reason or UNSET,
    )


def student_json(student: Student, reason: LeaveReason | None = None) -> str:
    """Write the `data` of a student's frame, which every form of that frame shares."""
    return _encode_json(student_data(student, reason)).decode()


@lru_cache(maxsize=4096)
def head(tutor_email: str, action: Action) -> str:
    """Write a student frame up to its data; `head + data + "}"` is the frame."""
    address = _encode_json(tutor_email).decode()
    return f'{{"type":"dashboard","action":"{action}","target_tutor_email":{address},"data":'


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
