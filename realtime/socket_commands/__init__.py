"""What a client may send: one function for each message type; importing this registers them all."""

from realtime.socket_commands import connection, dashboard, ping, status

__all__ = ["connection", "dashboard", "ping", "status"]
