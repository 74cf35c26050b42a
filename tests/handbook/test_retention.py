"""Each table has its bound on the page, and what housekeeping ends by the page is gone in time."""

import re
from collections.abc import Awaitable, Callable, Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from feedback import services as feedback_services
from realtime import housekeeping
from realtime.models import Presence
from realtime.sentences.models import SentenceAssignment, SentenceList
from speaktracker import db
from speaktracker.passwords import letter_sending
from speaktracker.roster.loans.models import Loan
from speaktracker.roster.models import User, UserType
from tests.handbook.shell_commands import ROOT
from tests.staff_home.any_rows import fill, make_people
from tests.year.ageing import age

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SECTION = PAGE.split("### Table by table", 1)[1].split("\n### ", 1)[0]
LONG_AGO = 800  # days: longer than anything is kept
# Its row is there for the release before this one; no model has it.
WITHOUT_MODEL = {"roster_rosterrevision", "django_migrations"}


def bounds() -> Iterator[tuple[str, str]]:
    """Read each table's name with the sentence that says how its rows end."""
    for names, _, end in re.findall(r"^\| (`.+?) \| (.+?) \| (.+?) \|$", SECTION, re.MULTILINE):
        yield from ((name, end) for name in re.findall(r"`([a-z]+_[a-z_]+)`", names))


BOUNDS = dict(bounds())
SWEPT = sorted(name for name, end in BOUNDS.items() if "housekeeping" in end)


@pytest.mark.django_db
def test_each_table_of_the_database_has_its_bound_on_the_page() -> None:
    assert set(BOUNDS) == set(connection.introspection.table_names())
    models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert set(BOUNDS) - models == WITHOUT_MODEL


def purges() -> list[Callable[[], Awaitable[None]]]:
    """List the duties that delete what is past its time."""
    found = [duty for every, duty in housekeeping.duties() if every == housekeeping.PURGE_SECONDS]
    other = [*feedback_services.duties(), *letter_sending.duties()]
    return found + [duty for _, duty in other if duty.__name__ == "purge"]


@pytest.mark.django_db(transaction=True)
async def test_what_the_page_says_housekeeping_ends_is_gone_long_after() -> None:
    await db.write(fill_everything)
    filled = await db.read(swept_with_rows)
    assert filled == set(SWEPT), "a table has no row to judge"
    for _ in range(2):  # what the first round ends, or writes itself, has its own time
        for purge in purges():
            await purge()
        left = await db.read(swept_with_rows)
        await db.write(lambda: age(LONG_AGO))
    assert not left


def fill_everything() -> None:
    """Make rows of every model, all of long ago."""
    make_people(students=2, tutors=3)
    for model in apps.get_models():
        fill(model, 2)
    # What those rows do not suit, or no model of its own names.
    SentenceAssignment.objects.create(
        sentence_list=SentenceList.objects.all()[0], last_day=timezone.localdate()
    )
    Loan.objects.all()[0].chosen.add(*User.objects.filter(user_type=UserType.STUDENT))
    Presence.objects.update(in_class=False, online=False)  # nobody stays for years
    age(LONG_AGO)


def swept_with_rows() -> set[str]:
    """Name the tables that housekeeping sweeps and that have rows."""
    found = set()
    with connection.cursor() as cursor:
        for table in SWEPT:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
            found |= {table} if cursor.fetchone() else set()
    return found
