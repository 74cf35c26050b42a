"""What is shown while a simulation runs: a progress bar, or plain lines where nobody watches."""

import time
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from speaktracker.simulation.measurement.tally import Tally

LINE_SECONDS = 10.0
LINE_SECONDS_WITHOUT_END = 60.0


class Display(Protocol):
    """Is told what happens."""

    def begin(self, people: int) -> None:
        """Everybody starts to come in."""

    def practise(self, seconds: float) -> None:
        """Statuses start, for `seconds` or without end (0)."""

    def update(self, tally: Tally) -> None:
        """Some time has passed."""

    def end(self) -> None:
        """Nothing more will happen."""


class Bar:
    """A progress bar on a terminal."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._seconds = 0.0
        self._practising = False
        self._task: TaskID

    def begin(self, people: int) -> None:
        self._task = self._progress.add_task("Coming in", total=people)
        self._progress.start()

    def practise(self, seconds: float) -> None:
        self._practising = True
        self._progress.reset(self._task, total=seconds or None)

    def update(self, tally: Tally) -> None:
        done = tally.seconds if self._practising else tally.open_sockets
        self._progress.update(self._task, completed=done, description=line(tally))

    def end(self) -> None:
        self._progress.stop()


class Lines:
    """A plain line now and then."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._every = LINE_SECONDS
        self._next = time.monotonic() + LINE_SECONDS

    def begin(self, people: int) -> None:
        self._say(f"{people:,} people come in.")

    def practise(self, seconds: float) -> None:
        self._every = LINE_SECONDS if seconds else LINE_SECONDS_WITHOUT_END
        until = f"for {seconds:g} s" if seconds else "until stopped"
        self._say(f"Everybody is in and practises {until}.")

    def update(self, tally: Tally) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every
            self._say(line(tally))

    def end(self) -> None:
        """Say nothing: the table follows."""

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)
        self._console.file.flush()


def line(tally: Tally) -> str:
    """Sum up how it goes, in one line."""
    status = tally.status
    rate = status.sent / tally.seconds
    return (
        f"{tally.open_sockets:,} sockets  {status.sent:,} sent ({rate:,.0f}/s)"
        f"  {status.delivered:,} shown  {status.lost} lost"
        f"  p50 {tally.shown.quantile(0.5) * 1000:.1f} ms"
    )
