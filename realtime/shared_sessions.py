"""What is done on the sockets of a shared computer keeps the session that opened them."""

from realtime.per_process.process_state import this_process
from speaktracker import db
from speaktracker.auth.shared_computers.services import note_uses


async def note_session_uses() -> None:
    """Write down when the sockets here were last used, where a session waits for it."""
    process = this_process()
    if not process.session_uses:
        return
    uses, process.session_uses = process.session_uses, {}
    try:
        await db.write(note_uses, uses)
    except BaseException:
        process.session_uses = uses | process.session_uses  # those of meanwhile are later
        raise
