"""Figures, ranges and tables written in Markdown."""

from statistics import median
from typing import TYPE_CHECKING

# Readings know every system, and so need the bench's environment; figures alone do not.
if TYPE_CHECKING:
    from bench.results.readings import Row, Value


def number(value: float | None) -> str:
    """Write a figure with about three digits."""
    if value is None:
        return "–"
    if value >= 1_000:
        return f"{round(value, -1 if value < 10_000 else -2):,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def middle(rows: "list[Row]", value: "Value") -> str:
    """Write the median of a figure."""
    found = [v for row in rows if (v := value(row)) is not None]
    return number(median(found)) if found else "–"


def spread(values: list[float]) -> str:
    """Write median and range of ratios."""
    if not values:
        return "–"
    return f"{number(median(values))} ({number(min(values))}–{number(max(values))})"


def markdown_table(title: str, head: list[str], lines: list[list[str]]) -> str:
    """Write a table below its title; nothing when it has no lines."""
    if not lines:
        return ""
    rule = ["---"] * len(head)
    body = "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))
    return f"### {title}\n\n{body}\n\n"
