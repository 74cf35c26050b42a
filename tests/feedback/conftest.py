"""The people and sockets of the classroom: feedback goes from one of them to another."""

from tests.realtime.conftest import (  # noqa: F401 - fixtures
    connect,
    dashboard,
    limits,
    lose_database,
    no_rate_limit,
    other_student,
    other_tutor,
    practice,
    pytest_generate_tests,
    quick_checks,
    short_grace,
    student,
    tutor,
)
from tests.roster.school_calendar import day_is  # noqa: F401 - a fixture
