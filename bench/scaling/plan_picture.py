"""The picture of the plan: cores of each part against students, and what a month costs; SVG."""

from collections.abc import Callable
from math import log10
from xml.sax.saxutils import escape

from bench.scaling.aws_prices import PARTS, MonthlyBill
from bench.scaling.installation_plan import InstallationPlan, Lesson
from bench.scaling.unit_costs import UnitCosts

WIDTH, HEIGHT, LEFT, TOP, GAP = 380, 300, 64, 56, 150
STUDENTS = tuple(round(10 ** (3 + step / 10)) for step in range(31))
CORES = {
    "server processes": ("server_cores", "#2a6fb0"),
    "… while all come": ("server_storm_cores", "#8ab4dc"),
    "PostgreSQL": ("postgresql_cores", "#4b8b3b"),
    "… while all come ": ("postgresql_storm_cores", "#a6cf9b"),
    "Redis": ("redis_cores", "#c2571a"),
}
BILL = {
    "machines": ("machines", "#2a6fb0"),
    "PostgreSQL": ("postgresql", "#4b8b3b"),
    "Redis": ("redis", "#c2571a"),
    "DynamoDB": ("dynamodb", "#7a4fa3"),
    "load balancer": ("balancer", "#999933"),
    "traffic": ("traffic", "#b5407b"),
    "together": ("total", "#333333"),
}
Lines = dict[str, tuple[list[float], str]]


def draw_plan(costs: UnitCosts, lesson: Lesson) -> str:
    """Draw both panels beside each other, both scales logarithmic."""
    plans = [InstallationPlan(students, costs, lesson) for students in STUDENTS]
    bills = [MonthlyBill(plan) for plan in plans]
    cores: Lines = {
        title: ([getattr(plan, name) for plan in plans], colour)
        for title, (name, colour) in CORES.items()
    }
    dollars: Lines = {
        title: ([getattr(bill, name) for bill in bills], colour)
        for title, (name, colour) in BILL.items()
    }
    assert {name for name, _ in BILL.values()} == {*PARTS, "total"}
    wide, high = 2 * (LEFT + WIDTH + GAP), TOP + HEIGHT + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<title>Cores and dollars a month against students</title>",
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
        *draw_panel("Cores used", cores, (-3, 3), 0),
        *draw_panel("$ a month, us-east-1", dollars, (1, 6), LEFT + WIDTH + GAP),
    ]
    return "\n".join([*parts, "</svg>\n"])


def draw_panel(title: str, lines: Lines, powers: tuple[int, int], at: int) -> list[str]:
    """Draw one panel from `at` on; `powers` of ten bound its scale."""
    low, high = powers

    def x(students: float) -> float:
        return at + LEFT + WIDTH * (log10(students) - 3) / 3

    def y(value: float) -> float:
        held = min(max(log10(max(value, 1e-9)), low), high)
        return TOP + HEIGHT * (high - held) / (high - low)

    parts = [f'<text x="{at + LEFT}" y="28" font-size="15">{escape(title)}</text>']
    for power in range(3, 7):
        where = x(10**power)
        parts.append(grid(where, where, TOP, TOP + HEIGHT))
        parts.append(label(where, TOP + HEIGHT + 18, f"{10**power:,}", "middle"))
    parts.append(label(at + LEFT + WIDTH / 2, TOP + HEIGHT + 36, "students", "middle"))
    for power in range(low, high + 1):
        where = y(10.0**power)
        parts.append(grid(at + LEFT, at + LEFT + WIDTH, where, where))
        parts.append(label(at + LEFT - 8, where + 4, f"{10**power:,}", "end"))
    for name, where in zip(lines, spread_names(lines, y), strict=True):
        values, colour = lines[name]
        points = " ".join(f"{x(s):.0f},{y(v):.0f}" for s, v in zip(STUDENTS, values, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        text = f'<text x="{at + LEFT + WIDTH + 8}" y="{where:.0f}" fill="{colour}">'
        parts.append(f"{text}{escape(name.strip())}</text>")
    return parts


def spread_names(lines: Lines, y: Callable[[float], float]) -> list[float]:
    """Place each line's name at its end, and no two over one another."""
    wanted = {name: y(values[-1]) + 4 for name, (values, _) in lines.items()}
    placed: dict[str, float] = {}
    lowest = float("-inf")
    for name in sorted(wanted, key=lambda one: wanted[one]):
        placed[name] = lowest = max(wanted[name], lowest + 14)
    return [placed[name] for name in lines]


def grid(x1: float, x2: float, y1: float, y2: float) -> str:
    """Draw a line of the scale."""
    return f'<line x1="{x1:.0f}" x2="{x2:.0f}" y1="{y1:.0f}" y2="{y2:.0f}" stroke="#ddd"/>'


def label(x: float, y: float, text: str, anchor: str) -> str:
    """Write a number of the scale."""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="#555">{text}</text>'
