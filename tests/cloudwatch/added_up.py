"""What CloudWatch makes of lines of standard output: a datapoint for each period and metric."""

import json
import math
from collections.abc import Iterable
from typing import Any

Document = dict[str, Any]


def documents(lines: Iterable[str]) -> list[Document]:
    """Read the lines that hold metrics; whatever else is logged has none."""
    found = (json.loads(line) for line in lines if '"_aws"' in line)
    return [document for document in found if "_aws" in document]


def values(found: Iterable[Document], metric: str) -> list[float]:
    """List all values of a metric, each once however many a line has."""
    listed: list[float] = []
    for document in found:
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        if metric in {one["Name"] for one in directive["Metrics"]}:
            value = document[metric]
            listed += value if isinstance(value, list) else [value]
    return listed


def total(found: Iterable[Document], metric: str) -> float:
    """Answer Sum."""
    return sum(values(found, metric))


def maximum(found: Iterable[Document], metric: str) -> float | None:
    """Answer Maximum; None where there is no datapoint."""
    return max(values(found, metric), default=None)


def percentile(found: Iterable[Document], metric: str, rank: float) -> float:
    """Answer p`rank`: the smallest value that so many percent do not exceed."""
    listed = sorted(values(found, metric))
    return listed[math.ceil(len(listed) * rank / 100) - 1]


def periods(found: Iterable[Document], seconds: float) -> dict[int, list[Document]]:
    """Sort lines into the periods that they count for."""
    sorted_in: dict[int, list[Document]] = {}
    for document in found:
        period = int(document["_aws"]["Timestamp"] / 1000 // seconds)
        sorted_in.setdefault(period, []).append(document)
    return sorted_in
