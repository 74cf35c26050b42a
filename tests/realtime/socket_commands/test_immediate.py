"""What our own server lets a socket carry out where its frame is read."""

from realtime.per_process.process_state import this_process
from tests.realtime.messages import status
from tests.socket_client import SocketClient


async def try_handle_now(practice: SocketClient, word: str) -> int:
    """Report a status to a consumer that waits; return how many were carried out where read."""
    assert practice.text_writer
    await practice.text_writer.is_awaited()
    before = practice.text_writer.handled_now
    await practice.ask(status(word, message_id=word), "ack", message_id=word)
    return practice.text_writer.handled_now - before


async def test_a_status_within_the_class_waits_for_nothing(
    practice: SocketClient, dashboard: SocketClient
) -> None:
    for word in ("studying", "idle", "paused", "studying"):
        assert await try_handle_now(practice, word) == 1
        await dashboard.sees("update", status=word)


async def test_a_status_that_ends_or_begins_a_class_waits_for_its_commit(
    practice: SocketClient, dashboard: SocketClient
) -> None:
    assert await try_handle_now(practice, "finished") == 0
    await dashboard.sees("student_left", status="finished")
    assert await try_handle_now(practice, "studying") == 0
    await dashboard.sees("student_joined", status="studying")


async def test_a_status_waits_for_a_process_that_finds_its_people_again(
    practice: SocketClient, dashboard: SocketClient
) -> None:
    process = this_process()
    process.lease.tried_at -= 60
    process.awake_until -= 60
    assert practice.text_writer
    await practice.text_writer.is_awaited()
    await practice.send(status("paused"))
    assert practice.text_writer.handled_now == 0
    async with process.renewing():
        await process.lease.renew()
    await dashboard.sees("update", status="paused")
