"""`dashboard`: a tutor asks for everything again."""

from realtime.connection import LiveConnection
from realtime.protocol import DashboardMessage
from realtime.table import command


@command("dashboard", DashboardMessage, "tutor")
async def refresh_dashboard(connection: LiveConnection, _message: DashboardMessage) -> None:
    """Send `broadcast_all` again."""
    if connection.dashboard:
        await connection.dashboard.load()
