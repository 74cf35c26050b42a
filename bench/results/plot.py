"""The plot: ours divided by each peer, on a logarithmic scale, as SVG."""

from math import ceil, floor, log10
from statistics import median
from xml.sax.saxutils import escape

from bench.results.peer_table import COUNTED
from bench.results.readings import OURS, TITLES, Row, per_core, ratios
from bench.works.status_works import BATCH

Bar = tuple[str, str, list[float]]
LEFT, WIDTH, LINE, TOP = 330, 560, 22, 56
COLOURS = {
    "naive": "#c2571a",
    "naive-core": "#8a6d3b",
    "quiet": "#999933",
    "socketio": "#2a6fb0",
    "socketio-python": "#4b8b3b",
    "bun": "#b5407b",
    "bun-redis": "#d98cb3",
    "centrifuge": "#1f8a8a",
    "nchan": "#7a4fa3",
    "original": "#777777",
}


def ratios_of(rows: list[Row]) -> list[Bar]:
    """List (label, peer, ratios per core) of every work that was measured."""
    bars: list[Bar] = []
    for work, counted in COUNTED.items():
        for ours in (OURS, f"{OURS}{BATCH}"):
            for peer in COLOURS:
                found = ratios(rows, work, "fast", ours, peer, per_core(counted))
                if found:
                    label = f"{work}{' ?batch=1' if ours.endswith(BATCH) else ''}"
                    bars.append((f"{label} ÷ {TITLES[peer]}", peer, found))
    return bars


def draw_bars(bars: list[Bar]) -> str:
    """Draw a line for each bar: its range, its median, its name."""
    values = [value for _, _, found in bars for value in found] or [1.0]
    low, high = min(0, floor(log10(min(values)))), max(1, ceil(log10(max(values))))

    def x(value: float) -> float:
        return LEFT + WIDTH * (log10(value) - low) / (high - low)

    height = TOP + LINE * len(bars) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {height}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<title>Throughput per core of server CPU: SpeakTracker divided by its peers</title>",
        f'<rect width="{LEFT + WIDTH + 60}" height="{height}" fill="#fff"/>',
        '<text x="12" y="24" font-size="15">Throughput per core of server CPU, times the peer’s '
        "(median and range; same run)</text>",
    ]
    for power in range(low, high + 1):
        at, bold = x(10**power), ' stroke-width="2"' if power == 0 else ""
        parts.append(
            f'<line x1="{at:.0f}" x2="{at:.0f}" y1="{TOP - 12}" y2="{height - 24}" '
            f'stroke="#bbb"{bold}/>'
            f'<text x="{at:.0f}" y="{height - 8}" text-anchor="middle">{10.0**power:g}×</text>'
        )
    for number, (label, peer, found) in enumerate(bars):
        y, middle = TOP + LINE * number, median(found)
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(label)}</text>'
            f'<line x1="{x(min(found)):.1f}" x2="{x(max(found)):.1f}" y1="{y}" y2="{y}" '
            f'stroke="{COLOURS[peer]}" stroke-width="3"/>'
            f'<circle cx="{x(middle):.1f}" cy="{y}" r="5" fill="{COLOURS[peer]}"/>'
            f'<text x="{x(max(found)) + 9:.1f}" y="{y + 4}">{middle:.3g}×</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def draw(rows: list[Row]) -> str:
    """Draw every ratio as a dot with its range."""
    return draw_bars(ratios_of(rows))
