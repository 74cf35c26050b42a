"""How large a district is, and how it is asked."""

from dataclasses import dataclass

STUDENTS_OF_A_TUTOR = 20
# How Redis may run; `installation.py` starts it.
REDIS_FORMS = ("plain", "cluster")


@dataclass(frozen=True)
class DistrictSize:
    """`students`, 20 to a dashboard, on `processes` workers of one server.

    Each of `rates` (statuses a second) is held for `seconds`. `mirror_seconds` is
    `SESSION_MIRROR_SECONDS`. `redis` is one of REDIS_FORMS; `plain` is one server,
    `cluster` three.
    """

    students: int = 10_000
    processes: int = 2
    rates: tuple[float, ...] = (500, 1_000, 1_500, 2_000, 2_500)
    seconds: float = 30.0
    mirror_seconds: int = 5
    redis: str = "plain"

    @property
    def tutors(self) -> int:
        """Tell how many tutors watch, each on one dashboard."""
        return -(-self.students // STUDENTS_OF_A_TUTOR)


USUAL = DistrictSize()
