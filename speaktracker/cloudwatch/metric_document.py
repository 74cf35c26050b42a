"""One line in CloudWatch's embedded metric format: plain Python, no setting and no clock."""

import json
from collections.abc import Mapping
from typing import Any, Final

# The alarms of the template read these names; a unit that changes begins another metric.
UNITS: Final = {
    "ActiveConnections": "Count",
    "MirrorLag": "Seconds",
    "MirrorSetAside": "Count",
    "Messages": "Count",
    "MessageErrors": "Count",
    "ConnectionsRemoved": "Count",
    "ConnectionsLost": "Count",
    "MessageDelay": "Seconds",
}
# As many as CloudWatch takes of one metric in one line.
MOST_VALUES: Final = 100
MICROSECONDS: Final = 6

Figure = float | list[float]


def metric_line(
    namespace: str,
    stack: str,
    epoch: float,
    figures: Mapping[str, Figure],
    fields: Mapping[str, Any],
) -> str:
    """Write `figures`, named as in UNITS, of the moment `epoch` (s) into one line of JSON.

    `fields` come first and are no metrics. The installation is the one dimension: whatever else
    told series apart would make a metric of its own of each, and cost as much.
    """
    directive = {
        "Namespace": namespace,
        "Dimensions": [["Stack"]],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in figures],
    }
    document = {
        **fields,
        "_aws": {"Timestamp": int(epoch * 1000), "CloudWatchMetrics": [directive]},
        "Stack": stack,
        **{name: _short(figure) for name, figure in figures.items()},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _short(figure: Figure) -> Figure:
    if isinstance(figure, list):
        return [round(value, MICROSECONDS) for value in figure]
    return round(figure, MICROSECONDS)
