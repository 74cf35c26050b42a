"""What dashboards are sent, written once by the publisher and forwarded as text."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from msgspec import UNSET

from realtime.presence.rules import Action, Change, Student
from realtime.protocol.messages import LeaveReason, StudentData, StudentsData, StudentsFrame, encode
from speaktracker.clock import wire

SNAPSHOT_STUDENTS = 500
# A part also stays well below the largest frame that daphne's own limit lets out (1 MiB).
SNAPSHOT_BYTES = 400_000
_encode_json = msgspec.json.encode


def student_data(student: Student, reason: LeaveReason | None = None) -> StudentData:
    """Show one student as the wire does."""
    progress = student.progress
    return StudentData(
        student_email=student.email,
        status=student.status,
        current_sentence=student.current_sentence,
        progress=int(progress) if progress == int(progress) else progress,
        last_update=wire(student.last_update) if student.last_update else None,
        student_name=student.name,
        session_id=student.session_id,
        online=student.online,
        version=student.version,
        reason=reason or UNSET,
    )


def change_data(change: Change) -> str:
    """Write the `data` of a student's frame, which every form of that frame shares."""
    return _encode_json(student_data(change.student, change.reason)).decode()


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


def snapshot(tutor_email: str, students: Sequence[Student], generated_at: str) -> list[str]:
    """Write `broadcast_all`, in parts when there are more than 500 students or 400 kB of them."""
    parts = _parts([_encode_json(student_data(student)) for student in students])
    numbered = len(parts) > 1
    return [
        encode(
            StudentsFrame(
                action="broadcast_all",
                target_tutor_email=tutor_email,
                data=StudentsData(
                    students=[msgspec.Raw(item) for item in part], generated_at=generated_at
                ),
                part=number if numbered else UNSET,
                parts=len(parts) if numbered else UNSET,
            )
        )
        for number, part in enumerate(parts, 1)
    ]


def _parts(items: list[bytes]) -> list[list[bytes]]:
    parts: list[list[bytes]] = [[]]
    size = 0
    for item in items:
        if len(parts[-1]) == SNAPSHOT_STUDENTS or (parts[-1] and size + len(item) > SNAPSHOT_BYTES):
            parts.append([])
            size = 0
        parts[-1].append(item)
        size += len(item)
    return parts
