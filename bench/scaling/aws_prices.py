"""List prices of AWS in us-east-1 (N. Virginia), on demand, without taxes and discounts, 2026.

Each was found in at least two independent lists; look at AWS's own pages before you sign anything.
"""

from dataclasses import dataclass
from math import ceil

from bench.scaling.installation_plan import MACHINE_CORES, InstallationPlan
from bench.scaling.unit_costs import STATUS_IN_BYTES

HOURS_OF_A_MONTH = 730
# $ an hour.
C7G_LARGE = 0.0725
RDS_TWO_CORES_TWO_ZONES = 0.337
VALKEY_M7G_LARGE = 0.1264
BALANCER = 0.0225
BALANCER_UNIT = 0.008
# $ a million write units of up to 1 KB, on demand; $ a GB that leaves, by how much has left.
WRITE_UNITS = 0.625
LEAVES = ((10_000, 0.09), (40_000, 0.085), (100_000, 0.07), (float("inf"), 0.05))
# $ a GB of RDS's gp3 storage in two zones, a month.
STORAGE_GB = 0.23
STORAGE_AT_LEAST = 100
# A unit of the balancer: so many sockets, or so many GB an hour, whichever is more.
UNIT_SOCKETS, UNIT_GB = 3_000, 1.0
# A connection's item has two indexes; it is written when somebody comes and deleted when they go.
CONNECTION_WRITE_UNITS = 2 * 3


@dataclass(frozen=True)
class MonthlyBill:
    """What a plan costs in a month, in $; servers run day and night, lessons have their hours."""

    plan: InstallationPlan

    @property
    def machines(self) -> float:
        """Price the machines that serve."""
        return self.plan.machines * C7G_LARGE * HOURS_OF_A_MONTH

    @property
    def postgresql(self) -> float:
        """Price PostgreSQL in two zones; beyond the largest size, as many of it as it takes."""
        plan = self.plan
        wanted = max(plan.postgresql_cores, plan.postgresql_storm_cores) / plan.lesson.busy_share
        cores = plan.postgresql_size or ceil(wanted / 64) * 64
        storage = max(STORAGE_AT_LEAST, plan.students / 100) * STORAGE_GB
        return cores / MACHINE_CORES * RDS_TWO_CORES_TWO_ZONES * HOURS_OF_A_MONTH + storage

    @property
    def redis(self) -> float:
        """Price Redis' nodes, each with a replica."""
        return self.plan.redis_nodes * 2 * VALKEY_M7G_LARGE * HOURS_OF_A_MONTH

    @property
    def dynamodb(self) -> float:
        """Price the writes to DynamoDB."""
        plan, lesson = self.plan, self.plan.lesson
        sessions = plan.items * lesson.hours * 3600
        connections = plan.students * lesson.lessons * CONNECTION_WRITE_UNITS
        return (sessions + connections) / 1e6 * WRITE_UNITS

    @property
    def balancer(self) -> float:
        """Price the load balancer."""
        plan, costs = self.plan, self.plan.costs
        gigabytes = plan.statuses * (STATUS_IN_BYTES + costs.status_out_bytes) * 3600 / 1e9
        units = max(plan.sockets / UNIT_SOCKETS, gigabytes / UNIT_GB)
        return BALANCER * HOURS_OF_A_MONTH + units * BALANCER_UNIT * plan.lesson.hours

    @property
    def traffic(self) -> float:
        """Price what leaves for browsers."""
        plan = self.plan
        left = plan.statuses * plan.costs.status_out_bytes * plan.lesson.hours * 3600 / 1e9
        total = 0.0
        for size, price in LEAVES:
            total += min(left, size) * price
            left -= min(left, size)
        return total

    @property
    def total(self) -> float:
        """Add all up."""
        return float(sum(getattr(self, part) for part in PARTS))


PARTS = ("machines", "postgresql", "redis", "dynamodb", "balancer", "traffic")
