"""What a client may send: one function for each message type; importing this registers them all."""

from realtime.socket_commands import connection, dashboard, help_call, status

__all__ = ["connection", "dashboard", "help_call", "status"]
