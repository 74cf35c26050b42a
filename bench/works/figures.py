"""What one measurement of statuses found."""

from dataclasses import dataclass


@dataclass
class Figures:
    """What one measurement of `seconds` found; CPU is the server's, in seconds."""

    seconds: float
    statuses: int
    deliveries: int
    frames: int
    superseded: int
    lost: int
    server_cpu: float
    valkey_cpu: float
    load_cpu: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
