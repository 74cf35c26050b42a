"""What this process has not journalled yet, published again for a snapshot made elsewhere."""

import asyncio
from typing import Any

from realtime.broadcast import publish
from realtime.per_process.process_state import ProcessState
from realtime.socket_commands.status import publish_report
from realtime.sockets.open_sockets import open_sockets
from speaktracker.layers.subscription import Subscription


async def answer_journal_requests(process: ProcessState) -> None:
    """Answer what dashboards of other processes ask of this one's journal, until cancelled."""

    def on_event(event: dict[str, Any]) -> None:
        if event["type"] == "journal.wanted" and event["asker"] != process.journal.name:
            # Who asks has subscribed before, and hears from now on what is published.
            publish.heard_elsewhere(event["tutor_id"])
            publish_unjournalled(process, event["tutor_id"])

    requests = await Subscription.open("journal.")
    try:
        await requests.join(publish.JOURNALS)
        requests.start(on_event)
        with publish.telling_who_listens():
            await asyncio.Event().wait()
    finally:
        requests.close()


def publish_unjournalled(process: ProcessState, tutor_id: int) -> None:
    """Publish again what a tutor's students here said that a snapshot may not have read."""
    own = {
        connection.user_id: connection
        for connection in open_sockets().students()
        if connection.tutor and connection.tutor.user_id == tutor_id
    }
    for report in process.journal.unread(own.keys()):
        publish_report(own[report.student_id], report)
