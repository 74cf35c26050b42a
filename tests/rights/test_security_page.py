"""docs/security.md says who may do what as the tests hold it to."""

from tests.rights.security_page import PAGE, PLACE, written

TABLES = {"calls", "pages", "sockets", "endings", "admin", "actions", "ranks"}


def test_the_page_shows_the_tables_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert {place[2] for place in PLACE.finditer(page)} == TABLES
    assert written(page) == page, "run: python -m tests.rights.security_page"
