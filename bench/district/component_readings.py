"""What the parts of an installation have used and counted so far, and what of it was between."""

from dataclasses import dataclass, field

from bench.district.postgresql_server import Statements


@dataclass(frozen=True)
class Reading:
    """CPU seconds by part; statements by their number; bytes, calls and items so far."""

    cpu: dict[str, float]
    statements: dict[int, Statements] = field(default_factory=dict)
    wal_bytes: int = 0
    publishes: int = 0
    publish_seconds: float = 0.0
    mirrored: int = 0

    def since(self, before: "Reading") -> "Reading":
        """Take off what was there before."""
        nothing = Statements(0, 0.0, "")
        given = {}
        for key, now in self.statements.items():
            then = before.statements.get(key, nothing)
            if now.calls > then.calls:
                given[key] = Statements(
                    now.calls - then.calls, now.seconds - then.seconds, now.text
                )
        return Reading(
            cpu={part: seconds - before.cpu.get(part, 0.0) for part, seconds in self.cpu.items()},
            statements=given,
            wal_bytes=self.wal_bytes - before.wal_bytes,
            publishes=self.publishes - before.publishes,
            publish_seconds=self.publish_seconds - before.publish_seconds,
            mirrored=self.mirrored - before.mirrored,
        )

    @property
    def statement_count(self) -> int:
        """Count all statements."""
        return sum(one.calls for one in self.statements.values())

    def most_frequent(self, count: int) -> list[Statements]:
        """List the statements that were given most often."""
        return sorted(self.statements.values(), key=lambda one: -one.calls)[:count]
