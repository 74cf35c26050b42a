"""What an installation of so many students needs, computed from unit costs."""

from dataclasses import dataclass
from math import ceil

from bench.scaling.unit_costs import UnitCosts

CORE = 1e6  # µs of a core in a second
# Of a machine with two cores and 4 GiB; the rest is the system's and what a burst needs.
MACHINE_CORES, MACHINE_GIB = 2, 3.0
CONNECTIONS_OF_A_PROCESS = 20
# Sizes of a managed PostgreSQL, in cores.
POSTGRESQL_CORES = (2, 4, 8, 16, 32, 48, 64)
# The part of the measured statuses whose dashboard was at another process, of two.
MEASURED_ELSEWHERE = 0.5
# A server process that has nobody.
PROCESS_MIB = 110


@dataclass(frozen=True)
class Lesson:
    """How people practise. Hours and lessons are a student's in a month."""

    students_of_a_tutor: int = 20
    status_seconds: float = 2.0
    journal_seconds: float = 5.0
    mirror_seconds: float = 5.0
    arrival_seconds: float = 120.0
    hours: float = 176.0
    lessons: float = 176.0
    # A core that is busier than this at the busiest hour has no room left for a burst.
    busy_share: float = 0.5


@dataclass(frozen=True)
class InstallationPlan:
    """The needs of `students` who are all in class at once."""

    students: int
    costs: UnitCosts
    lesson: Lesson

    @property
    def statuses(self) -> float:
        """Count statuses a second."""
        return self.students / self.lesson.status_seconds

    @property
    def rows(self) -> float:
        """Count rows a second that the journals write."""
        return min(self.statuses, self.students / self.lesson.journal_seconds)

    @property
    def items(self) -> float:
        """Count sessions a second that the relay carries to DynamoDB."""
        return min(self.rows, self.students / self.lesson.mirror_seconds)

    @property
    def arrivals(self) -> float:
        """Count students who come in a second, at the hour."""
        return self.students / self.lesson.arrival_seconds

    @property
    def sockets(self) -> float:
        """Count sockets: everybody's, and one dashboard of each tutor."""
        return self.students * (1 + 1 / self.lesson.students_of_a_tutor)

    @property
    def server_cores(self) -> float:
        """Tell how many cores the server processes use while lessons go on."""
        costs = self.costs
        used = self.statuses * costs.status_server + self.sockets * costs.socket_server
        return used / CORE + self.relay_cores

    @property
    def relay_cores(self) -> float:
        """Tell how much of that goes into the mirror."""
        return self.items * self.costs.item_server / CORE

    @property
    def server_storm_cores(self) -> float:
        """Tell how many they use while everybody comes, half of them being there."""
        return self.arrivals * self.costs.come_server / CORE + self.server_cores / 2

    @property
    def postgresql_cores(self) -> float:
        """Tell how many cores PostgreSQL uses while lessons go on."""
        costs = self.costs
        used = self.rows * costs.row_postgresql + self.items * costs.item_postgresql
        return (used + self.sockets * costs.socket_postgresql) / CORE

    @property
    def postgresql_storm_cores(self) -> float:
        """Tell how many it uses while everybody comes, half of them being there."""
        return self.arrivals * self.costs.come_postgresql / CORE + self.postgresql_cores / 2

    @property
    def redis_cores(self) -> float:
        """Tell how many cores Redis uses, which is one thread."""
        elsewhere = (1 - 1 / self.processes) / MEASURED_ELSEWHERE
        return elsewhere * self.statuses * self.costs.status_redis / CORE

    @property
    def wal_megabytes(self) -> float:
        """Tell how many MB PostgreSQL writes ahead in a second."""
        return self.rows * self.costs.row_wal_bytes / 1e6

    @property
    def processes(self) -> int:
        """Count server processes, of a core each, for the busier of both hours; two at least."""
        cores = max(self.server_cores, self.server_storm_cores)
        return max(2, ceil(cores / self.lesson.busy_share))

    @property
    def memory_gib(self) -> float:
        """Tell what they hold together."""
        sockets = self.sockets * self.costs.socket_kib / 1024**2
        return sockets + self.processes * PROCESS_MIB / 1024

    @property
    def machines(self) -> int:
        """Count machines of two cores for them; two at least, one may be lost."""
        return max(2, ceil(self.processes / MACHINE_CORES), ceil(self.memory_gib / MACHINE_GIB))

    @property
    def postgresql_size(self) -> int | None:
        """Name the smallest managed PostgreSQL in cores; None where the largest is too small."""
        wanted = max(self.postgresql_cores, self.postgresql_storm_cores) / self.lesson.busy_share
        return next((size for size in POSTGRESQL_CORES if size >= wanted), None)

    @property
    def connections(self) -> int:
        """Count the connections to PostgreSQL that all pools may open."""
        return self.processes * CONNECTIONS_OF_A_PROCESS

    @property
    def redis_nodes(self) -> int:
        """Count the nodes of Redis that do the work; beyond one it is a cluster."""
        return max(1, ceil(self.redis_cores / self.lesson.busy_share))

    @property
    def out_megabits(self) -> float:
        """Tell how many Mbit leave for browsers in a second, headers of TLS and TCP included."""
        return self.statuses * self.costs.status_out_bytes * 8 / 1e6


def most_students(cores: float, costs: UnitCosts, lesson: Lesson, used: str) -> int:
    """Tell how many students fill `cores` of what the property `used` names."""
    one = getattr(InstallationPlan(1_000_000, costs, lesson), used) / 1_000_000
    return int(cores / one) if one else 0
