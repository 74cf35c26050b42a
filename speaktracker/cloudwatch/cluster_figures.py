"""Figures of the whole installation, which one of its processes tells for all."""

from realtime.presence import connection_records, server_leases
from speaktracker.persistence.health import mirror_health


def figures_of_relay() -> dict[str, float]:
    """Read the figures of the installation with its mirror; blocks."""
    mirror = mirror_health()
    return {
        "ActiveConnections": connection_records.live().count(),
        "MirrorLag": mirror.lag_seconds,
        "MirrorSetAside": mirror.set_aside,
    }


def figures_of_first(boot_id: str) -> dict[str, float]:
    """Read the figures of an installation without a mirror; none where another tells; blocks."""
    if not server_leases.is_first(boot_id):
        return {}
    return {"ActiveConnections": connection_records.live().count()}
