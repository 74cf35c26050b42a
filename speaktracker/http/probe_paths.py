"""Where machines ask how a process is: answered before all else, and when nobody else is."""

from typing import Final

HEALTHZ: Final = "/healthz"
READYZ: Final = "/readyz"
METRICS: Final = "/metrics"


def probed_path(path: str) -> str | None:
    """Name the probe that is asked for at `path`, with and without a trailing slash."""
    bare = path.removesuffix("/")
    return bare if bare in (HEALTHZ, READYZ, METRICS) else None
