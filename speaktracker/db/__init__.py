"""SQL from the event loop: the one way in (`db.read`, `db.write`), batches and bulk updates."""

from speaktracker.db.threads import (
    read,
    release_connections,
    run_in_loop,
    run_long,
    settle,
    wait_in_loop,
    write,
    write_first,
)

__all__ = [
    "read",
    "release_connections",
    "run_in_loop",
    "run_long",
    "settle",
    "wait_in_loop",
    "write",
    "write_first",
]
