"""The tables a simulation ends with."""

from rich import box
from rich.console import Console
from rich.table import Table

from speaktracker.simulation.measurement.latency import Latencies
from speaktracker.simulation.measurement.tally import Tally

BAR_WIDTH = 40


def print_report(tally: Tally, console: Console) -> None:
    """Show throughput, loss and latency, and how the latencies are spread."""
    console.print(throughput_table(tally))
    console.print(latency_table(tally))
    if tally.shown.count:
        console.print(spread_table(tally.shown))
    if tally.errors or tally.reconnects:
        console.print(trouble_table(tally))
    console.print(verdict(tally), soft_wrap=True)


def throughput_table(tally: Tally) -> Table:
    """Count what was sent, and what became of it."""
    status, feedback = tally.status, tally.feedback
    table = _table("Throughput and loss", "", "count", "a second")
    for name, count in (
        ("status sent", status.sent),
        ("  shown on the dashboard", status.delivered),
        ("  conflated (a later one was shown)", status.conflated),
        ("  lost", status.lost),
        ("  out of order", status.out_of_order),
    ):
        _add(table, name, count, tally)
    for name, count in (
        ("  refused", status.refused),
        ("  unconfirmed (the line broke)", status.unconfirmed),
        ("  watched by no simulated tutor", status.unwatched),
        ("  still under way when stopped", status.unsettled),
        ("  not sent: nobody was able to", status.skipped),
        ("joined", status.joined),
        ("left", status.left),
        ("  not alternating", status.not_alternating),
        ("feedback given", feedback.given),
        ("  received by the student", feedback.delivered),
        ("  queued for a student who was away", feedback.queued),
        ("  lost", feedback.lost),
        ("  received twice", feedback.twice),
        ("  refused", feedback.refused),
        ("  refused and yet received", feedback.refused_yet_delivered),
        ("  unknown when it ended", feedback.unsettled),
    ):
        if count:
            _add(table, name, count, tally)
    table.add_row("handshakes", f"{tally.handshakes.count:,}", f"{tally.handshake_rate:,.1f}")
    return table


def _add(table: Table, name: str, count: int, tally: Tally) -> None:
    table.add_row(name, f"{count:,}", f"{count / tally.seconds:,.1f}")


def latency_table(tally: Tally) -> Table:
    """Tell how long statuses, answers, feedback and handshakes took."""
    table = _table("Latency in ms", "", "count", "p50", "p95", "p99", "max")
    for name, found in (
        ("status → dashboard", tally.shown),
        ("status → ack", tally.acks),
        ("feedback → student", tally.arrived),
        ("handshake", tally.handshakes),
    ):
        times = (*(found.quantile(share) for share in (0.5, 0.95, 0.99)), found.longest)
        table.add_row(name, f"{found.count:,}", *(f"{time * 1000:,.1f}" for time in times))
    return table


def spread_table(latencies: Latencies) -> Table:
    """Draw how many statuses took how long; there must be some."""
    table = _table("Status → dashboard", "ms", "count", "")
    table.columns[2].justify = "left"
    rows = list(latencies.rows())
    most = max(count for *_, count in rows)
    for low, high, count in rows:
        width = round(count / most * BAR_WIDTH) or bool(count)
        table.add_row(f"{low:g} - {high:g}", f"{count:,}", "█" * width)
    return table


def trouble_table(tally: Tally) -> Table:
    """Count reconnects, close codes and errors."""
    table = _table("Reconnects and errors", "", "count")
    table.add_row("reconnects", f"{tally.reconnects:,}")
    for code, count in sorted(tally.closes.items()):
        table.add_row(f"close {code}", f"{count:,}")
    for name, count in sorted(tally.errors.items()):
        table.add_row(name, f"{count:,}")
    return table


def verdict(tally: Tally) -> str:
    """Say in a sentence whether all went well, and how late this program was."""
    lag = f"This program itself was late by {tally.lag * 1000:.0f} ms at most."
    if tally.is_good:
        return f"Nothing was lost or out of order. {lag}"
    return f"Something was lost, out of order or shown twice: see above. {lag}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table
