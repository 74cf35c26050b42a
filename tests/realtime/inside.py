"""A look at what a process holds, for what no message tells."""

from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.open_sockets import open_sockets
from speaktracker.roster.models import User


def the_socket(person: User) -> LiveConnection:
    """Find the only live connection of a person in this process."""
    (found,) = [c for c in open_sockets() if c.user_id == person.pk]
    return found
