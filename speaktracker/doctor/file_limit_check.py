"""How many files server processes may open: the limit of a unit is not that of a shell."""

import resource
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import psutil
from django.conf import settings

from realtime.models import ServerLease
from speaktracker.doctor.findings import Finding, judged
from speaktracker.server.file_limit import KEPT_FILES, files_needed, trouble

NEARLY_ALL: Final = 0.9


def file_limit_finding(leases: Iterable[ServerLease]) -> Finding:
    """Look at the processes of this machine that may be asked; at this one where there are none."""
    needed = files_needed(settings.LIMITS.address_handshakes_at_once, settings.DATABASE_POOL_SIZE)
    limits = {}
    for lease in leases:
        # One of another machine or of another user cannot be asked, and on macOS none.
        with suppress(psutil.Error, OSError, AttributeError):
            process = psutil.Process(lease.pid)
            if int(process.create_time() * 100) == lease.process_started:
                limits[lease.pid] = process.rlimit(psutil.RLIMIT_NOFILE)[0]
                if process.num_fds() > NEARLY_ALL * (limits[lease.pid] - KEPT_FILES):
                    full = (
                        f"Process {lease.pid} has nearly all of its {limits[lease.pid]} files open "
                        "and will refuse connections: raise LimitNOFILE, or start more processes."
                    )
                    return Finding("file limit", "failed", full)
    # A server raises its own limit as far as the system lets it.
    lowest = min(limits.values(), default=resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    if lowest == resource.RLIM_INFINITY:
        lowest = needed
    where = "of the processes here" if limits else "here"
    well = f"The lowest {where} is {lowest}, the settings need {needed}."
    return judged("file limit", trouble(lowest, needed), well, "warning")
