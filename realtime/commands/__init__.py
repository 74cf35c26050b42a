"""One module per namespace of messages; importing this registers them all."""

from realtime.commands import connection, dashboard, ping, status

__all__ = ["connection", "dashboard", "ping", "status"]
