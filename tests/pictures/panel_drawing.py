"""Draws the panels of a Grafana dashboard as one page of HTML, from what Prometheus answers."""

import math
import re
from html import escape
from itertools import cycle
from typing import Any

Series = tuple[str, dict[int, float]]  # its legend; the values by second
COLOURS = (
    *("#1f77b4", "#d9480f", "#2b8a3e", "#862e9c", "#c2255c"),
    *("#5c940d", "#495057", "#0b7285", "#e8a400", "#7c4a1e"),
)
WIDTH, HEIGHT, LEFT = 600, 100, 70  # of a chart, in its own units; LEFT is for the axis
STYLE = """
body { margin: 0; padding: 12px; width: 1256px; background: #eef0f3; font: 12px sans-serif; }
h1 { font-size: 18px; margin: 0 0 10px; }
main { display: grid; grid: auto-flow 26px / repeat(24, 1fr); gap: 0 8px; }
section { background: #fff; border: 1px solid #d0d4da; margin-bottom: 8px; padding: 6px 10px; }
h2 { font-size: 13px; margin: 0 0 4px; }
svg { width: 100%; display: block; font-size: 10px; }
p { margin: 4px 0 0; line-height: 1.5; }
span { margin-right: 14px; white-space: nowrap; }
i { display: inline-block; width: 12px; height: 3px; margin: 0 5px 3px 0; }
.stat { display: flex; justify-content: space-around; text-align: center; padding-top: 30px; }
.stat b { display: block; font-size: 48px; color: #2b8a3e; }
"""


def page(dashboard: dict[str, Any], panels: list[tuple[dict[str, Any], list[Series]]]) -> str:
    """Write the page: each panel where its `gridPos` says, with what its queries found."""
    seconds = [second for _, found in panels for _, values in found for second in values]
    window = range(min(seconds), max(seconds) + 1)
    drawn = "".join(_panel(panel, found, window) for panel, found in panels)
    title = escape(dashboard["title"])
    return f"<meta charset=utf-8><style>{STYLE}</style><h1>{title}</h1><main>{drawn}</main>"


def legend_of(wanted: str, labels: dict[str, str]) -> str:
    """Fill the labels of a series into a legend such as `{{code}}`."""
    return re.sub(r"{{(\w+)}}", lambda name: labels.get(name[1], ""), wanted)


def _panel(panel: dict[str, Any], found: list[Series], window: range) -> str:
    unit, at = panel["fieldConfig"]["defaults"]["unit"], panel["gridPos"]
    content = _stat(found, unit) if panel["type"] == "stat" else _chart(found, unit, window)
    place = f"grid-area: {at['y'] + 1} / {at['x'] + 1} / span {at['h']} / span {at['w']}"
    return f'<section style="{place}"><h2>{escape(panel["title"])}</h2>{content}</section>'


def _stat(found: list[Series], unit: str) -> str:
    latest = ((legend, values[max(values)]) for legend, values in found)
    said = (f"<div><b>{_amount(value, unit)}</b>{escape(legend)}</div>" for legend, value in latest)
    return f'<div class="stat">{"".join(said)}</div>'


def _chart(found: list[Series], unit: str, window: range) -> str:
    top = _round_up(max((max(values.values()) for _, values in found), default=0))
    scale = (WIDTH - LEFT) / len(window)
    lines, legends = "", ""
    for (legend, values), colour in zip(found, cycle(COLOURS), strict=False):
        points = " ".join(
            f"{LEFT + (second - window.start) * scale:.1f},{(1 - value / top) * HEIGHT:.1f}"
            for second, value in sorted(values.items())
        )
        lines += f'<polyline fill="none" points="{points}" stroke="{colour}"/>'
        latest = _amount(values[max(values)], unit)
        mark = f'<i style="background: {colour}"></i>'
        legends += f"<span>{mark}{escape(legend)} <b>{latest}</b></span>"
    axes = "".join(
        f'<text y="{HEIGHT * (1 - part) + 4}">{_amount(top * part, unit)}</text>'
        f'<path d="M{LEFT} {HEIGHT * (1 - part)}H{WIDTH}" stroke="#dfe2e7"/>'
        for part in (0, 0.5, 1)
    ) + "".join(
        f'<text x="{LEFT + minute * 60 * scale:.0f}" y="{HEIGHT + 14}">{minute} min</text>'
        for minute in range(len(window) // 60 + 1)
    )
    box = f"0 -6 {WIDTH} {HEIGHT + 24}"
    return f'<svg viewBox="{box}">{axes}{lines}</svg><p>{legends}</p>'


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 6 and 10 times a power of ten; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 10) if step * power >= value * 0.999)


def _amount(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "s" and value < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g}{ {'ops': '/s', 's': ' s'}.get(unit, '') }"
