"""What this process has not journalled yet, published again for a snapshot made elsewhere."""

from collections.abc import Collection
from typing import Any

from realtime.broadcast import publish
from realtime.per_process.process_state import ProcessState
from realtime.presence.class_rules import changes_class
from realtime.socket_commands.status import publish_report
from realtime.sockets.open_sockets import open_sockets
from speaktracker.layers.subscription import Subscription


async def answer_journal_requests(process: ProcessState) -> None:
    """Answer what dashboards of other processes ask of this one's journal, until cancelled."""

    def on_event(event: dict[str, Any]) -> None:
        if event["type"] == "journal.wanted":
            # Who asks has subscribed before, and hears from now on what is published.
            for tutor_id in event["tutor_ids"]:
                publish.heard_elsewhere(tutor_id)
            publish_unjournalled(process, event["tutor_ids"])

    requests = await Subscription.open("journal.")
    try:
        boot_id = process.lease.boot_id
        await requests.join(publish.journal_group(boot_id))
        requests.start(on_event)
        with publish.telling_who_listens():
            while True:
                boot_id = await process.lease.boot_id_after(boot_id)
                await requests.join(publish.journal_group(boot_id))
    finally:
        requests.close()


def publish_unjournalled(process: ProcessState, tutor_ids: Collection[int]) -> None:
    """Publish again what these tutors' students here said that a snapshot may not have read."""
    own = {
        connection.user_id: connection
        for connection in open_sockets().students()
        if connection.tutor and connection.tutor.user_id in tutor_ids
    }
    for report in process.journal.unread(own.keys()):
        connection, said = own[report.student_id], report.status
        # What has moved them into or out of class since was committed, and says more than this.
        if said and not changes_class(connection.in_class, said):
            publish_report(connection, report)
