"""What staff do reaches open sockets: through the admin's pages, and from another process."""

import asyncio

import pytest

from tests.blackbox.classroom import Classroom, Pair
from tests.blackbox.contract import Message
from tests.blackbox.sockets import Socket
from tests.blackbox.web import Form, does, found, opens_admin, send_form

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-staff")]

PEOPLE, MAPPINGS, CONNECTIONS = "roster/user", "roster/tutorstudent", "realtime/connection"
MAP = (
    "from speaktracker.roster.models import TutorStudent as T, User;"
    "T.objects.filter(student__email='{student}')"
)


async def _was_moved(student: Socket, pair: Pair, before: Socket, after: Socket) -> None:
    left = await before.hears("dashboard", action="student_left", student_email=pair.student)
    assert left["data"]["reason"] == "removed"
    joined = await after.hears("dashboard", action="student_joined", student_email=pair.student)
    assert joined["data"]["version"] >= left["data"]["version"]
    for tutor, has in ((before, False), (after, True)):

        def shows(m: Message, has: bool = has) -> bool:
            return m.get("action") == "broadcast_all" and has == (
                pair.student in {s["student_email"] for s in m["data"]["students"]}
            )

        await tutor.hears_that(shows, has)
    await student.reports("paused", progress=77)
    await after.is_shown(pair.student, status="paused", progress=77)
    assert "paused" not in [m["data"].get("status") for m in await before.hears_meanwhile()]


async def test_a_student_is_moved_in_the_admin_while_everybody_is_connected(
    room: Classroom, pair: Pair
) -> None:
    other = room.site.pair()
    before, after = await room.enters(pair.tutor), await room.enters(other.tutor)
    student = await room.enters(pair.student)
    await student.reports("studying")
    admin = await opens_admin(room)
    row = await found(admin, MAPPINGS, pair.student)
    new = await found(admin, PEOPLE, other.tutor)
    await send_form(admin, f"/admin/{MAPPINGS}/{row}/change/", "tutor", tutor=new)
    await _was_moved(student, pair, before, after)
    refused = await room.gives(pair, "No longer yours")
    assert refused.status_code == 403
    taken = Pair(other.tutor, pair.student, pair.second)
    assert (await room.gives(taken, "Mine now")).status_code == 201
    await student.hears("feedback", message="Mine now", **{"from": other.tutor})


async def test_a_student_moved_in_another_process_is_noticed(room: Classroom, pair: Pair) -> None:
    other = room.site.pair()
    before, after = await room.enters(pair.tutor), await room.enters(other.tutor)
    student = await room.enters(pair.student)
    await student.reports("studying")
    move = f".update(tutor=User.objects.get(email='{other.tutor}'))"
    await asyncio.to_thread(room.site.shell, MAP.format(student=pair.student) + move)
    await _was_moved(student, pair, before, after)


async def test_a_mapping_deleted_in_the_admin_leaves_the_socket_open(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    admin = await opens_admin(room)
    row = await found(admin, MAPPINGS, pair.student)
    await send_form(admin, f"/admin/{MAPPINGS}/{row}/delete/", "post")
    await tutor.hears("dashboard", action="student_left", reason="removed")
    await tutor.hears("dashboard", action="broadcast_all")
    error = await student.refused("status", status="studying", session_id="s1")
    assert error["code"] == "TUTOR_NOT_FOUND"
    assert (await student.ask("ping"))["type"] == "ack"
    assert (await room.gives(pair, "No longer yours")).status_code == 403
    again = await room.knocks(pair.student)
    assert await again.is_closed_with() == 4404
    await send_form(
        admin,
        f"/admin/{MAPPINGS}/add/",
        "student",
        student=await found(admin, PEOPLE, pair.student),
        tutor=await found(admin, PEOPLE, pair.tutor),
    )
    await tutor.hears("dashboard", action="student_joined", student_email=pair.student)
    await student.reports("studying")


async def test_a_user_deactivated_in_the_admin_is_closed_and_stays_out(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    admin = await opens_admin(room)
    row = await found(admin, PEOPLE, pair.student)
    await send_form(admin, f"/admin/{PEOPLE}/{row}/change/", "name", is_active=None)
    assert await student.is_closed_with() == 4401
    await tutor.hears("dashboard", action="student_left", student_email=pair.student)
    again = await room.knocks(pair.student)
    assert await again.is_closed_with() == 4401
    assert (await room.http(pair.student).get("/api/student/feedback")).status_code == 401


async def test_a_user_deactivated_in_another_process_is_closed(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    code = "from speaktracker.roster.models import User;"
    code += f"User.objects.filter(email='{pair.tutor}').update(is_active=False)"
    await asyncio.to_thread(room.site.shell, code)
    assert await tutor.is_closed_with() == 4401


async def test_a_connection_removed_by_staff_is_closed_for_good(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    admin = await opens_admin(room)
    asked = await does(admin, CONNECTIONS, pair.student, "Disconnect the chosen people")
    chosen = {**Form(asked.text, "reason").values, "reason": "수업이 끝났습니다."}
    headers = {"Referer": str(asked.url)}
    page = await admin.post(str(asked.url), data=chosen, headers=headers, follow_redirects=True)
    assert "1 connection is being closed" in page.text
    assert await student.is_closed_with() == 4499
    assert student.connection.close_reason == "수업이 끝났습니다."
    await tutor.hears("dashboard", action="student_left", student_email=pair.student)


async def test_a_deleted_user_is_closed_and_erased(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    assert (await room.gives(pair, "To be erased")).status_code == 201
    admin = await opens_admin(room)
    row = await found(admin, PEOPLE, pair.student)
    await send_form(admin, f"/admin/{PEOPLE}/{row}/delete/", "post")
    assert await student.is_closed_with() in (4401, 4499)
    await tutor.hears_that(
        lambda m: (
            m.get("action") == "broadcast_all"
            and [s["student_email"] for s in m["data"]["students"]] == [pair.second]
        ),
        "a snapshot without them",
    )
    assert (await room.http(pair.tutor).get("/api/tutor/feedback")).json()["results"] == []


async def test_a_new_student_appears_on_an_open_dashboard(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    admin = await opens_admin(room)
    email = f"new.{pair.student}"
    await send_form(
        admin,
        f"/admin/{PEOPLE}/add/",
        "email",
        email=email.upper(),
        name="새 학생",
        user_type="student",
        password1="a-long-demo-text_of",
        password2="a-long-demo-text_of",
    )
    await send_form(
        admin,
        f"/admin/{MAPPINGS}/add/",
        "student",
        student=await found(admin, PEOPLE, email),
        tutor=await found(admin, PEOPLE, pair.tutor),
    )
    await tutor.hears_that(
        lambda m: (
            m.get("action") == "broadcast_all"
            and email in {s["student_email"] for s in m["data"]["students"]}
        ),
        email,
    )
