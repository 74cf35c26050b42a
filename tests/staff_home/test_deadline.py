"""What a page can do without is given up in time, and the connection goes on."""

import pytest
from django.db import connection

from speaktracker.db.availability import is_away
from speaktracker.db.deadline import TookTooLong, cancelled_after

ENDLESS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT 1 - n FROM numbers)
SELECT count(*) FROM numbers
"""


def asked(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_too_long_is_cancelled() -> None:
    with pytest.raises(TookTooLong, match=r"given up after 0\.2 s") as late, cancelled_after(0.2):
        asked(ENDLESS)
    assert not is_away(late.value), "nobody is told of an outage"
    assert asked("SELECT 7") == 7


@pytest.mark.django_db(transaction=True)
def test_what_is_done_in_time_is_left_alone() -> None:
    with cancelled_after(60):
        assert asked("SELECT 7") == 7
    assert asked("SELECT 8") == 8
