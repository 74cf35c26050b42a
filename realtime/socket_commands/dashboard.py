"""`dashboard`: a tutor asks for everything again."""

from realtime.protocol.client_messages import DashboardMessage
from realtime.socket_commands.command_table import command
from realtime.sockets.live_connection import LiveConnection


@command("dashboard", DashboardMessage, "tutor")
async def refresh_dashboard(connection: LiveConnection, _message: DashboardMessage) -> None:
    """Send `broadcast_all` again."""
    if connection.dashboard:
        await connection.dashboard.load()
