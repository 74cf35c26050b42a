"""What is done on the sockets of a shared computer keeps the session that opened them."""

from datetime import datetime

from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.open_sockets import open_sockets
from speaktracker import db
from speaktracker.auth.shared_computers.services import note_uses


async def note_session_uses() -> None:
    """Write down when the sockets here were last used, where a session waits for it."""
    used: dict[LiveConnection, datetime] = {}
    uses: dict[str, datetime] = {}
    for connection in open_sockets():
        if (used_at := connection.session_used_at) and (key := connection.credentials.session_key):
            used[connection] = used_at
            uses[key] = max(used_at, uses.get(key, used_at))
    if not uses:
        return
    await db.write(note_uses, uses)
    for connection, used_at in used.items():
        if connection.session_used_at == used_at:  # and not once more meanwhile
            connection.session_used_at = None
