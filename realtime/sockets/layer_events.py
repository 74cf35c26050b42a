"""What the channel layer brings to a socket."""

from typing import Any

from realtime.broadcast.delivery import Numbered
from realtime.broadcast.publish import send
from realtime.presence.transitions import Tutor
from realtime.protocol.codes import CloseCode
from realtime.sockets.base_consumer import SocketConsumer
from realtime.sockets.live_connection import LiveConnection
from speaktracker.layers import ClassroomLayer

Event = dict[str, Any]


class LayerEvents(SocketConsumer):
    """The handlers of layer events, and the short way for text that is ready to be sent."""

    connection: LiveConnection | None

    def listen(self) -> None:
        """Read the layer; ours hands ready text over without waking the consumer."""
        if isinstance(self.channel_layer, ClassroomLayer):
            self.channel_layer.attach(self.channel_name, self.take)
        super().listen()

    def take(self, event: Event) -> bool:
        """Forward an event that needs no waiting; False leaves it to the consumer."""
        connection = self.connection
        if connection is None or connection.dashboard is None:
            return False
        kind = event["type"]
        if kind == "dashboard.student":
            connection.dashboard.hear(event)
            return True
        if kind == "dashboard.text":
            if event["but_not_to"] != connection.connection_id:
                connection.touch()
                connection.outlet.put(event["text"])
            return True
        return False

    async def dashboard_student(self, event: Event) -> None:
        """Show one student's change (on a layer that knows no short way)."""
        self.take(event)

    async def dashboard_text(self, event: Event) -> None:
        """Forward ready text (on a layer that knows no short way)."""
        self.take(event)

    async def dashboard_roster(self, _event: Event) -> None:
        """Send everything again: the tutor has other students now."""
        if self.connection and self.connection.dashboard:
            self.connection.detach(self.connection.dashboard.load())

    async def student_changed(self, event: Event) -> None:
        """Learn what another tab, or another process, made of this student."""
        if self.connection:
            self.connection.learn(event["version"], event["in_class"])

    async def student_moved(self, event: Event) -> None:
        """Learn who teaches this student now."""
        if self.connection:
            tutor_id = event["tutor_id"]
            known = tutor_id is not None
            self.connection.tutor = Tutor(tutor_id, event["tutor_email"]) if known else None

    async def user_renamed(self, event: Event) -> None:
        """Learn a person's new name."""
        if self.connection:
            self.connection.name = event["name"]

    async def socket_close(self, event: Event) -> None:
        """Close on behalf of staff."""
        if self.connection:
            self.connection.close(CloseCode(event["code"]))

    async def message_deliver(self, event: Event) -> None:
        """Write a pushed message in its turn and confirm it to the sender."""
        if self.connection and self.connection.mailbox:
            self.connection.detach(_receive(self.connection, event))

    async def layer_gap(self, _event: Event) -> None:
        """Read again what may have been lost while the bus was away."""
        connection = self.connection
        if connection and connection.dashboard:
            connection.detach(connection.dashboard.check())
        if connection and connection.mailbox:
            connection.detach(connection.mailbox.catch_up())

    layer_lagged = layer_gap


async def _receive(connection: LiveConnection, event: Event) -> None:
    message = Numbered(event["sequence"], event["message_id"], event["text"])
    if connection.mailbox and await connection.mailbox.receive(message):
        confirmation = {
            "type": "delivery.confirmed",
            "connection_id": connection.connection_id,
            "message_id": message.message_id,
        }
        await send(event["reply_to"], confirmation)
