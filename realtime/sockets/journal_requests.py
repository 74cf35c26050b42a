"""What this process has not journalled yet, published again for a snapshot made elsewhere."""

from typing import Any

from channels.layers import get_channel_layer

from realtime.broadcast import groups, publish
from realtime.per_process.process_state import Process
from realtime.presence.rules import Change


async def answer_snapshots(process: Process) -> None:
    """Answer what dashboards of other processes ask of this one's journal, until cancelled."""
    layer = get_channel_layer()
    channel = await layer.new_channel("journal.")
    try:
        await layer.group_add(groups.journals(), channel)
        while True:
            event = await layer.receive(channel)
            if event["type"] == "journal.wanted" and event["asker"] != process.journal.name:
                await _publish_again(process, event["tutor_id"])
    finally:
        _forget(layer, channel)


async def _publish_again(process: Process, tutor_id: int) -> None:
    own = {c.user_id: c for c in process.students() if c.tutor and c.tutor.user_id == tutor_id}
    for report in process.journal.unread(own.keys()):
        connection = own[report.student_id]
        if connection.tutor:
            change = Change("update", connection.student(report))
            await publish.student_changed(connection.tutor, change)


def _forget(layer: Any, channel: str) -> None:
    forget = getattr(layer, "forget", None)  # Channels' own layers drop idle channels themselves
    if forget:
        forget(channel)
