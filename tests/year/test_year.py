"""A school comes in on a Monday, works for a year and ends it, without a developer."""

from pathlib import Path

import pytest

from tests.server_process import ServerProcess
from tests.year.school import School
from tests.year.story import SETTINGS, Year


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("come", "days", "lent"),
    [(6, 2, 1), pytest.param(40, 7, 2, marks=pytest.mark.soak)],
    ids=["short", "week"],
)
async def test_a_year_in_a_school(tmp_path: Path, come: int, days: int, lent: int) -> None:
    server = ServerProcess(tmp_path, SETTINGS)
    with server:
        await Year(server, School(tutors=5, students_each=40), come, lent).pass_by(days)
