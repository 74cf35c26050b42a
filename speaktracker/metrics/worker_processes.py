"""Memory, CPU and files of each worker, which prometheus_client leaves out where they share."""

from collections.abc import Iterator

from prometheus_client import ProcessCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from speaktracker.metrics.shared_folder import living_processes


class WorkerProcesses(Collector):
    """The `process_` figures of every living worker, told apart by `pid`.

    Never added up here: CPU seconds that go down with a worker would look like a new start.
    """

    def collect(self) -> Iterator[Metric]:
        """Read them from the system."""
        found: dict[str, Metric] = {}
        for pid in living_processes():
            for one in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
                for sample in one.samples:
                    labels = {**sample.labels, "pid": str(pid)}
                    family = found.setdefault(
                        one.name, Metric(one.name, one.documentation, one.type)
                    )
                    family.add_sample(sample.name, labels, sample.value)
        yield from found.values()
