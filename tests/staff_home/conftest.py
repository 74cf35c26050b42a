"""A school with a few rows of everything that the admin shows."""

import pytest
from django.contrib import admin

from tests.staff_home.any_rows import fill, make_people

ROWS = 52


@pytest.fixture
def school(db: None) -> None:
    """As many students as fill two pages, a few tutors, and as many rows of all that has pages."""
    make_people(students=ROWS, tutors=12)
    for model in admin.site._registry:
        fill(model, ROWS)
