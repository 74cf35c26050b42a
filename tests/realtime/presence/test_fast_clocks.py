"""A student who moves away from a machine whose clock is ahead goes on being shown."""

from django.db.models import F

from realtime.models import Presence
from speaktracker.roster.models import User
from tests.realtime.messages import becomes, status
from tests.socket_client import SocketClient

FIVE_MINUTES = 300_000_000


async def test_what_came_last_stays_though_what_came_before_had_a_clock_that_is_ahead(
    practice: SocketClient, dashboard: SocketClient, student: User
) -> None:
    stored = Presence.objects.filter(student=student)
    # What the other machine's journal wrote only after this socket had read the row.
    await stored.aupdate(status="paused", version=F("version") + FIVE_MINUTES)
    ahead = await stored.values_list("version", flat=True).aget()

    await practice.send(status("studying", progress=45))

    last = stored.values_list("status", "progress")
    await becomes(lambda: last.aget(), ("studying", 45))
    data = await dashboard.sees("update", student_email=student.email, progress=45)
    while data["version"] <= ahead:
        data = await dashboard.sees("update", student_email=student.email, progress=45)
