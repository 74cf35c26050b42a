"""`python -m tests.year`: a school's year told on a server of its own, in about two minutes."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.server_process import ServerProcess
from tests.year.school import School
from tests.year.story import SETTINGS, Year


def main() -> None:
    """Tell it."""
    console = Console()
    with TemporaryDirectory() as folder, ServerProcess(Path(folder), SETTINGS) as server:
        year = Year(server, School(tutors=5, students_each=40), 20, say=console.print)
        with console.status("A year in a school"):
            asyncio.run(year.pass_by(5))


if __name__ == "__main__":
    main()
